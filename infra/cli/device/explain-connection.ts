import type { DeviceName } from './simulated-device.ts';

type Tried = DeviceName & { url: string; clientId: string };

/** Why a connection did not come about, and what to do. The causes have no secret in them. */
export function explainConnection(cause: unknown, tried: Tried): string {
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const { url, productKey, deviceName } = tried;
  if (typeof code === 'number') {
    const refused = `${url} refuses ${productKey}/${deviceName} (CONNACK ${code})`;
    const isRegistration = code === 4 && /authType=reg/.test(tried.clientId);
    return `${refused}: ${isRegistration ? REGISTRATION_ADVICE : connackAdvice(code, tried)}`;
  }
  if (typeof code === 'string') return `${url}: ${socketAdvice(code, url)}`;
  const said = cause instanceof Error ? cause.message : String(cause);
  if (/^Invalid header/.test(said)) return `${url}: what answers there is not MQTT. ${OTHER_PORT}`;
  return `${url} did not let ${productKey}/${deviceName} in: ${said}. The log of the server may say more.`;
}

/** As explainConnection, of a connection that was there: what has no code is told as it is. */
export function explainLoss(cause: Error, tried: Tried): string {
  return 'code' in cause ? explainConnection(cause, tried) : cause.message;
}

const REGISTRATION_ADVICE =
  'the secret of the product is another one, its dynamic registration is off (mooring SetProductRegistration), nobody has registered a device of this name (mooring RegisterDevice does, or --register regnwl), or it has signed in before (mooring ResetThing takes that back).';

const OTHER_PORT = 'Is it the port of WebSocket (ws://) or of HTTP?';

/** The codes of protocol.md 3.8. */
function connackAdvice(code: number, { productKey, deviceName, clientId }: Tried): string {
  const name = `--product-key ${productKey} --device-name ${deviceName}`;
  switch (code) {
    case 1:
      return 'it does not speak MQTT 3.1.1.';
    case 2:
      return 'client id or device name are none that it takes (a name has 4 to 32 characters); a registration needs TLS, or this very machine. The log of the server has the reason.';
    case 3:
      return 'not at the moment: five sign-ins a minute are allowed, and after five wrong passwords none until the minute is over. The log of the server has the reason.';
    case 4:
      return `name or signature are wrong. mooring sign ${name} --device-secret - --mqtt-client-id '${clientId}' shows what is right for a secret.`;
    case 5:
      return 'the device is disabled (mooring EnableThing lets it in again), or this is another broker, which may say so of every refusal.';
    default:
      return 'the log of the server has the reason.';
  }
}

function socketAdvice(code: string, url: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nobody listens there. Is npm start running, and is this its address? --url names another.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no such host. Name it with --url mqtt://host:port.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name. Use the name that the certificate has.';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `its certificate is not one that this machine trusts (${code}). Name its CA with --ca FILE.`;
    default:
      return /^(?:mqtts|wss):/.test(url)
        ? `the connection failed (${code}). Is it an MQTT address, and does it speak TLS? Without, the URL begins with mqtt:// or ws://.`
        : `the connection failed (${code}). Is it an MQTT address? Where it wants TLS, the URL begins with mqtts:// or wss://.`;
  }
}
