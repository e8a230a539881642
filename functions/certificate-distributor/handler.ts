import { faultReply } from '../../shared/core/device-http/identity-reply.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { parseCertificateRequest } from './certificate-form.ts';
import { certificateReply, refusalReply } from './certificate-reply.ts';
import { createDistributor, type DistributorParts } from './distribute-certificate.ts';

/** `POST /certificate` and `/certificate/<productKey>` (seed 003, 5.3). Each issue and refusal is a line of the log. */
export function createHandler(deps: DistributorParts & { log: Log }): Handler {
  const { log } = deps;
  const distribute = createDistributor(deps);
  return async (request) => {
    const { requestId, sourceIp } = request;
    const form = parseCertificateRequest(request);
    if (!form.ok) {
      log.warn({ requestId, sourceIp, refused: form.failure }, 'certificate refused');
      return refusalReply(form.failure, 'flat');
    }
    const { deviceId } = form.value;
    try {
      const { issued, answerForm, productKey } = await distribute(form.value, request);
      const fields = { requestId, sourceIp, deviceId, productKey };
      if (!issued.ok) {
        log.warn({ ...fields, refused: issued.failure }, 'certificate refused');
        return refusalReply(issued.failure, answerForm);
      }
      const { identity, issue } = issued.value;
      log.info({ ...fields, deviceName: identity.deviceName, issue }, 'certificate issued');
      return certificateReply(identity, answerForm);
    } catch (error) {
      log.error({ requestId, sourceIp, deviceId, error }, 'certificate request failed');
      return faultReply();
    }
  };
}
