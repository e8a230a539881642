import {
  faultReply,
  refusalReply,
  successReply,
} from '../../shared/core/device-http/device-reply.ts';
import { checkDeviceRequest } from '../../shared/core/device-http/device-request.ts';
import { createSecretOpener } from '../../shared/core/devices/secret-opener.ts';
import type { Sealing } from '../../shared/core/sealing/sealing.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type SignInParts, signIn } from './sign-in.ts';
import { parseSignInForm } from './sign-in-form.ts';

type AuthDeps = Omit<SignInParts, 'openSecret'> & { sealing: Sealing; log: Log };

/** `POST /auth` (protocol.md 1.2): identity and signature in, token out. */
export function createHandler({ log, sealing, ...rest }: AuthDeps): Handler {
  const parts: SignInParts = { ...rest, openSecret: createSecretOpener(sealing) };
  return async (request) => {
    const { requestId, sourceIp } = request;
    try {
      const checked = checkDeviceRequest(request, 'application/json');
      const form = checked.ok ? parseSignInForm(request.body) : checked;
      const signedIn = form.ok ? await signIn(form.value, parts) : form;
      const device = form.ok ? `${form.value.productKey}/${form.value.deviceName}` : undefined;
      if (!signedIn.ok) {
        log.warn({ requestId, sourceIp, device, refused: signedIn.failure }, 'sign-in refused');
        return refusalReply(signedIn.failure);
      }
      const { token, variant } = signedIn.value;
      if (variant !== 'submitted') log.info({ requestId, device, variant }, 'unusual signature');
      return successReply(`{"token":"${token}"}`);
    } catch (error) {
      log.error({ requestId, sourceIp, error }, 'sign-in failed');
      return faultReply();
    }
  };
}
