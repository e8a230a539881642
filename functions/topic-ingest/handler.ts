import {
  faultReply,
  refusalReply,
  successReply,
} from '../../shared/core/device-http/device-reply.ts';
import { checkDeviceRequest } from '../../shared/core/device-http/device-request.ts';
import type { TokenVerifier } from '../../shared/core/token/token-verifier.ts';
import { takeUplink } from '../../shared/core/uplink/take-uplink.ts';
import type { Uplink, UplinkParts } from '../../shared/core/uplink/uplink.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { type AdmitParts, admitDevice } from './admit-device.ts';

export type TopicIngestParts = AdmitParts & UplinkParts & { verifyToken: TokenVerifier; log: Log };

const PATH_PREFIX = '/topic';

/**
 * `POST /topic/<topic>` with the token in the header `password` (protocol.md 1.3): one message in,
 * its id out once the bus has it. The id has 64 bits: it is written as digits, never as a number.
 */
export function createHandler(deps: TopicIngestParts): Handler {
  return async (request) => {
    const { requestId, sourceIp } = request;
    const topic = request.path.slice(PATH_PREFIX.length);
    try {
      const checked = checkDeviceRequest(request, 'application/octet-stream');
      const claims = checked.ok
        ? deps.verifyToken(request.headers['password'] ?? '', deps.nowMs())
        : checked;
      const device = claims.ok ? await admitDevice(claims.value, deps) : claims;
      const ingested = device.ok
        ? await ingest({ device: device.value, topic, body: request.body }, deps)
        : device;
      if (ingested.ok) return successReply(`{"messageId":${ingested.value}}`);
      const { failure } = ingested;
      deps.log.warn(
        { requestId, sourceIp, topic: logged(topic), device: nameOf(claims), refused: failure },
        'message refused',
      );
      return refusalReply(failure);
    } catch (error) {
      deps.log.error({ requestId, sourceIp, topic: logged(topic), error }, 'ingest failed');
      return faultReply();
    }
  };
}

/** There is no way back to the device: replies are left. */
async function ingest(
  uplink: Omit<Uplink, 'transport' | 'wantsReplies'>,
  deps: TopicIngestParts,
): Promise<Result<string>> {
  const { outcome } = await takeUplink({ ...uplink, transport: 'http', wantsReplies: false }, deps);
  return outcome;
}

/** Whoever has no token yet may send a path of a megabyte. */
function logged(topic: string): string {
  return topic.slice(0, LONGEST_LOGGED_CHARACTERS);
}

/** As long as a topic may be. */
const LONGEST_LOGGED_CHARACTERS = 128;

function nameOf(claims: ReturnType<TokenVerifier>): string | undefined {
  return claims.ok ? `${claims.value.productKey}/${claims.value.deviceName}` : undefined;
}
