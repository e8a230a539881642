import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import { hmac } from './hmac.ts';
import { verifyHttpSign } from './http-sign.ts';
import { clientIdParameter, type MqttClientId, parseMqttClientId } from './mqtt-client-id.ts';
import { verifyMqttSign } from './mqtt-sign.ts';
import { identityContent } from './sign-content.ts';
import { parseSignMethod, SIGN_METHODS, type SignMethod } from './sign-method.ts';
import type { Verification } from './verification.ts';

/** What the command `mooring sign` was asked. */
export type SignQuestion = {
  productKey: string;
  deviceName: string;
  deviceSecret: string;
  /** Bare, or a whole MQTT client id with its `|…|` part, which then says timestamp and method. */
  clientId: string;
  timestamp?: string | undefined;
  signMethod?: string | undefined;
  /** To be checked: as `POST /auth` does for a bare client id, as CONNECT does for a whole one. */
  sign?: string | undefined;
  /** To be checked. */
  username?: string | undefined;
};

/** The secret is nowhere in it. */
export type SignExplanation = {
  content: string;
  method: SignMethod;
  /** Lower-case hex: `sign` over HTTP, password over MQTT. */
  sign: string;
  mqtt: { clientId: string; username: string };
  verification?: Verification;
  usernameIsRight?: boolean;
};

/** Computes the signature of a device and says of a given one which variant it is or why it fails. */
export function explainSign(question: SignQuestion): Result<SignExplanation> {
  const { deviceName, deviceSecret, productKey, sign, username } = question;
  if (deviceSecret === '') return invalid('deviceSecret', 'it is empty');
  const parsed = wholeClientId(question);
  if (!parsed.ok) return parsed;
  const clientId = parsed.value;
  const method = parseSignMethod(clientIdParameter(clientId, 'signmethod'));
  if (method === undefined) return invalid('signMethod', `not one of ${SIGN_METHODS.join(', ')}`);
  const content = identityContent({
    clientId: clientId.clientId,
    deviceName,
    productKey,
    timestamp: clientIdParameter(clientId, 'timestamp'),
  });
  const mqttUsername = `${deviceName}&${productKey}`;
  return ok({
    content,
    method,
    sign: hmac(method, deviceSecret, content).toString('hex'),
    mqtt: { clientId: clientId.whole, username: mqttUsername },
    ...(sign !== undefined && { verification: verify(question, clientId, sign) }),
    ...(username !== undefined && { usernameIsRight: username === mqttUsername }),
  });
}

/** The client id as asked, or one made from a bare client id as an MQTT device over TCP would. */
function wholeClientId(question: SignQuestion): Result<MqttClientId> {
  const { clientId, signMethod, timestamp } = question;
  if (!clientId.includes('|')) {
    const method = parseSignMethod(signMethod) ?? signMethod;
    const time = timestamp === undefined ? '' : `,timestamp=${timestamp}`;
    return parseMqttClientId(`${clientId}|securemode=3,signmethod=${method}${time}|`);
  }
  if (timestamp !== undefined) return invalid('timestamp', 'a whole client id says its own');
  if (signMethod !== undefined) return invalid('signMethod', 'a whole client id says its own');
  return parseMqttClientId(clientId);
}

function verify(question: SignQuestion, clientId: MqttClientId, sign: string): Verification {
  const { deviceName, deviceSecret, productKey, timestamp } = question;
  if (question.clientId.includes('|')) {
    return verifyMqttSign({ clientId, username: { deviceName, productKey }, sign }, deviceSecret);
  }
  return verifyHttpSign(
    {
      clientId: clientId.clientId,
      deviceName,
      productKey,
      sign,
      signmethod: question.signMethod ?? 'hmacmd5',
      ...(timestamp !== undefined && { timestamp }),
    },
    deviceSecret,
  );
}

function invalid(parameter: string, reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter, reason });
}
