import { equalsBase64, hmac } from './hmac.ts';
import { clientIdParameter, parseMqttClientId } from './mqtt-client-id.ts';
import { parseSignMethod, type SignMethod } from './sign-method.ts';

/** Whom an AMQP client says it is, `<clientId>|authMode=aksign,authId=…,timestamp=…|` (protocol.md 8.1). */
export type AmqpUsername = {
  /** As the consumer calls itself. */
  clientId: string;
  /** Undefined where it is left out. */
  consumerGroupId: string | undefined;
  /** Bodies are to come in base64. */
  asBase64: boolean;
  /** The id of an access key. */
  authId: string;
  timestamp: string;
  method: SignMethod;
};

/** Undefined for what is no username of this form; its grammar is that of an MQTT client id. */
export function parseAmqpUsername(username: string): AmqpUsername | undefined {
  if (username.length > LONGEST_USERNAME_CHARACTERS) return undefined;
  const parsed = parseMqttClientId(username);
  if (!parsed.ok || clientIdParameter(parsed.value, 'authMode') !== 'aksign') return undefined;
  const authId = clientIdParameter(parsed.value, 'authId');
  const timestamp = clientIdParameter(parsed.value, 'timestamp');
  const method = parseSignMethod(clientIdParameter(parsed.value, 'signMethod'));
  if (!authId || !timestamp || !method) return undefined;
  return {
    clientId: parsed.value.clientId,
    consumerGroupId: clientIdParameter(parsed.value, 'consumerGroupId') || undefined,
    asBase64: clientIdParameter(parsed.value, 'encode')?.toLowerCase() === 'base64',
    authId,
    timestamp,
    method,
  };
}

/** Checks the base64 password. The timestamp may be of any time: published clients send a constant. */
export function verifyAmqpSign(
  { authId, timestamp, method }: Pick<AmqpUsername, 'authId' | 'timestamp' | 'method'>,
  password: string,
  accessKeySecret: string,
): boolean {
  const content = `authId=${authId}&timestamp=${timestamp}`;
  return equalsBase64(hmac(method, accessKeySecret, content), password);
}

const LONGEST_USERNAME_CHARACTERS = 1024;
