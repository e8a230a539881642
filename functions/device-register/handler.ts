import { checkDeviceRequest } from '../../shared/core/device-http/device-request.ts';
import { faultReply } from '../../shared/core/device-http/identity-reply.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type GiveSecretParts, giveSecret } from './give-secret.ts';
import { parseRegisterForm } from './register-form.ts';
import { identityReply, refusalReply } from './register-reply.ts';

/** `POST /auth/register/device` (protocol.md 2.1): a product's signature in, a device's secret out. */
export function createHandler(deps: GiveSecretParts & { log: Log }): Handler {
  return async (request) => {
    const { requestId, sourceIp } = request;
    try {
      const checked = checkDeviceRequest(request, 'application/x-www-form-urlencoded');
      const form = checked.ok ? parseRegisterForm(request.body) : checked;
      const given = form.ok ? await giveSecret(form.value, deps) : form;
      const device = form.ok ? `${form.value.productKey}/${form.value.deviceName}` : undefined;
      const fields = { requestId, sourceIp, device };
      if (given.ok) {
        deps.log.info(fields, 'device secret given');
        return identityReply(given.value);
      }
      // Nothing but the signature keeps guesses out: the log is where they show.
      deps.log.warn({ ...fields, refused: given.failure }, 'device registration refused');
      return refusalReply(given.failure);
    } catch (error) {
      deps.log.error({ requestId, sourceIp, error }, 'device registration failed');
      return faultReply();
    }
  };
}
