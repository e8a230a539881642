import { type Failure, ok, type Result, refuse } from '../../model/failure.ts';
import type {
  ShadowChange,
  ShadowOwner,
  ShadowRequest,
  ShadowState,
  Shadows,
} from '../../ports/shadows.ts';
import type { PopClient } from './pop-client.ts';
import type { PopParameters } from './pop-core.ts';
import { holdsChange, shadowIn, shadowMessage } from './shadow-message.ts';

/** Shadows of an account: GetDeviceShadow and UpdateDeviceShadow (protocol.md 7.4), a call after the other. */
export function createAliyunShadows(client: PopClient): Shadows {
  return {
    perform: async (owner, requests) => {
      const states: Result<ShadowState>[] = [];
      for (const request of requests) {
        try {
          states.push(await perform(client, owner, request));
        } catch (error) {
          // What the account has said so far must not be asked for again.
          if (states.length === 0) throw error;
          break;
        }
      }
      return states;
    },
  };
}

function perform(
  client: PopClient,
  owner: ShadowOwner,
  request: ShadowRequest,
): Promise<Result<ShadowState>> {
  return request.kind === 'get' ? read(client, owner) : change(client, owner, request);
}

async function read(client: PopClient, owner: ShadowOwner): Promise<Result<ShadowState>> {
  const reply = await client.call('GetDeviceShadow', nameOf(owner));
  if (!reply.ok) return translate(reply.failure, owner);
  const document = shadowIn(reply.value);
  return ok({ version: document?.version ?? 0, document });
}

async function change(
  client: PopClient,
  owner: ShadowOwner,
  wanted: ShadowChange,
): Promise<Result<ShadowState>> {
  const parameters: PopParameters = {
    ...nameOf(owner),
    ShadowMessage: shadowMessage(wanted),
    DeltaUpdate: wanted.desired?.kind !== 'replace',
  };
  const reply = await client.call('UpdateDeviceShadow', parameters);
  if (reply.ok) return afterChange(client, owner, wanted);
  const refused = translate(reply.failure, owner);
  return isConflict(refused) ? afterConflict(refused, { client, owner, wanted }) : refused;
}

/** The account does not say what became of it. It is asked where somebody has to be told. */
async function afterChange(
  client: PopClient,
  owner: ShadowOwner,
  { desired, version }: ShadowChange,
): Promise<Result<ShadowState>> {
  return desired === undefined ? ok({ version: Math.max(0, version) }) : read(client, owner);
}

type Conflict = { client: PopClient; owner: ShadowOwner; wanted: ShadowChange };

/** A change whose answer was lost comes again, and finds itself: in this very version, with all it set. */
async function afterConflict(
  refused: Result<ShadowState>,
  { client, owner, wanted }: Conflict,
): Promise<Result<ShadowState>> {
  const now = await read(client, owner);
  if (!now.ok) return now;
  const { document } = now.value;
  return document && holdsChange(document, wanted) ? now : refused;
}

function isConflict(result: Result<ShadowState>): boolean {
  return !result.ok && result.failure.kind === 'shadow-refused' && result.failure.code === CONFLICT;
}

function nameOf({ productKey, deviceName }: ShadowOwner): PopParameters {
  return { ProductKey: productKey, DeviceName: deviceName };
}

/** The codes that say the same as a refusal of Mooring's own (protocol.md 7.5). */
function translate(failure: Failure, { productKey, deviceName }: ShadowOwner): Result<never> {
  if (failure.kind !== 'identity-source-refused') return refuse(failure);
  if (failure.code === 'iot.device.NotExistedDevice') {
    return refuse({ kind: 'unknown-device', productKey, deviceName });
  }
  const apiCode = failure.code.slice(SHADOW_CODES_PREFIX.length);
  const code = DEVICE_CODES.get(apiCode);
  if (!failure.code.startsWith(SHADOW_CODES_PREFIX) || code === undefined) return refuse(failure);
  return refuse({ kind: 'shadow-refused', code, apiCode, message: failure.message });
}

const SHADOW_CODES_PREFIX = 'iot.messagebroker.';
const CONFLICT = 409;

/** What a device is told by (protocol.md 6.3). Its request was well formed: its version can only be too low. */
const DEVICE_CODES = new Map([
  ['InvalidVersionValueInShadowMessage', CONFLICT],
  ['ShadowMessageLengthIsLarge', 400],
  ['ShadowMessageIsNotJson', 400],
  ['DesireInfoInShadowMessageIsNotJson', 400],
  ['ReportInShadowMessageIsNotJson', 400],
  ['ElementKeyOrValueIsNullInDesire', 400],
  ['ElementKeyOrValueIsNullInReport', 400],
  ['NotFoundDesireInShadowMessage', 404],
  ['NotFoundReportInShadowMessage', 404],
  ['NoneElementInDesire', 405],
  ['NoneElementInReport', 405],
  ['TooManyElementInDesire', 408],
  ['TooManyElementInReport', 408],
  ['UpdateDeviceShadowMessageFailed', 500],
]);
