import { checkDeviceRequest } from '../../shared/core/device-http/device-request.ts';
import { faultReply } from '../../shared/core/device-http/identity-reply.ts';
import { createSecretOpener } from '../../shared/core/devices/secret-opener.ts';
import type { Sealing } from '../../shared/core/sealing/sealing.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type GuideParts, guideDevice } from './guide-device.ts';
import { parseGuidedForm } from './guided-form.ts';
import { guidedReply, type MqttAddress, refusalReply } from './guided-reply.ts';

type GuidedDeps = Omit<GuideParts, 'openSecret'> & {
  sealing: Sealing;
  log: Log;
  mqttAddress: MqttAddress;
};

/** `POST /auth/devicename` (protocol.md 2.4): a signature in, where to connect and with what out. */
export function createHandler({ log, sealing, mqttAddress, ...rest }: GuidedDeps): Handler {
  const parts: GuideParts = { ...rest, openSecret: createSecretOpener(sealing) };
  return async (request) => {
    const { requestId, sourceIp } = request;
    try {
      const checked = checkDeviceRequest(request, 'application/x-www-form-urlencoded');
      const form = checked.ok ? parseGuidedForm(request.body) : checked;
      const guided = form.ok ? await guideDevice(form.value, parts) : form;
      if (guided.ok) return guidedReply(guided.value, mqttAddress);
      const device = form.ok ? `${form.value.productKey}/${form.value.deviceName}` : undefined;
      const fields = { requestId, sourceIp, device, refused: guided.failure };
      log.warn(fields, 'guided sign-in refused');
      return refusalReply(guided.failure);
    } catch (error) {
      log.error({ requestId, sourceIp, error }, 'guided sign-in failed');
      return faultReply();
    }
  };
}
