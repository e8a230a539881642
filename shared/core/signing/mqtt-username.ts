import { ok, type Result, refuse } from '../../model/failure.ts';

/** Whom an MQTT client says it is. */
export type MqttUsername = { deviceName: string; productKey: string };

/** Splits `deviceName&productKey` at the last `&`, which no product key contains (protocol.md 0.7). */
export function parseMqttUsername(username: string): Result<MqttUsername> {
  const ampersand = username.lastIndexOf('&');
  const deviceName = username.slice(0, Math.max(ampersand, 0));
  const productKey = username.slice(ampersand + 1);
  if (deviceName === '' || productKey === '') {
    return refuse({
      kind: 'malformed-request',
      reason: 'the username is not deviceName&productKey',
    });
  }
  return ok({ deviceName, productKey });
}
