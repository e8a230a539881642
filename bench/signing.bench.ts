import { createHmac } from 'node:crypto';
import { parseSignInForm } from '../functions/device-auth/sign-in-form.ts';
import { httpSign, httpSignContent, verifyHttpSign } from '../shared/core/signing/http-sign.ts';
import { parseMqttClientId } from '../shared/core/signing/mqtt-client-id.ts';
import { type MqttLogin, verifyMqttSign } from '../shared/core/signing/mqtt-sign.ts';
import type { SignMethod } from '../shared/core/signing/sign-method.ts';
import { median, type Row, rowOf } from './row.ts';

/** Verifying a device's signature against making the same HMAC with node:crypto and nothing else. */
export async function run(): Promise<Row[]> {
  return METHODS.flatMap((method) => {
    const devices = Array.from({ length: DEVICES }, (_, index) => deviceOf(index, method));
    const sides = {
      bare: () => {
        for (const { secret, content } of devices) bareHmac(method, secret, content);
      },
      http: () => {
        for (const { secret, form } of devices) verified(verifyHttpSign(form, secret));
      },
      mqtt: () => {
        for (const { secret, login } of devices) verified(verifyMqttSign(login, secret));
      },
    };
    const { http, mqtt } = measureRounds(sides);
    return [
      rowOf({
        name: `verifyHttpSign, ${method}`,
        baseline: BASELINE,
        target: { atMost: 1.3 },
        ratios: http,
      }),
      rowOf({
        name: `verifyMqttSign, ${method}`,
        baseline: BASELINE,
        target: undefined,
        ratios: mqtt,
        note: 'the client id is parsed before',
      }),
    ];
  });
}

const METHODS: readonly SignMethod[] = ['hmacsha1', 'hmacsha256', 'hmacmd5'];
const BASELINE = 'bare createHmac().update().digest()';
const DEVICES = 1000;
const ROUNDS = 9;
/** The sides take turns this often in a round; medians of the turns pass over those that were interrupted. */
const TURNS = 40;

type Side = 'bare' | 'http' | 'mqtt';

function deviceOf(index: number, method: SignMethod) {
  const productKey = 'a1BcDeFgHiJ';
  const deviceName = `device-${index}`;
  const secret = `secret-of-32-characters-${String(index).padStart(8, '0')}`;
  const fields = { productKey, deviceName, clientId: `${productKey}.${deviceName}` };
  const sign = httpSign(fields, method, secret);
  const body = JSON.stringify({ ...fields, signmethod: method, sign });
  // As /auth has them: V8 keeps an object from a parser otherwise than one from a literal.
  const form = parseSignInForm(Buffer.from(body));
  if (!form.ok) throw new Error('the form is wrong');
  const clientId = parseMqttClientId(`${fields.clientId}|securemode=2,signmethod=${method}|`);
  if (!clientId.ok) throw new Error('the client id is wrong');
  const login: MqttLogin = { clientId: clientId.value, username: { productKey, deviceName }, sign };
  return { secret, content: httpSignContent(fields), form: form.value.fields, login };
}

function bareHmac(method: SignMethod, secret: string, content: string): void {
  const digest = createHmac(method.slice('hmac'.length), secret).update(content).digest();
  if (digest.length === 0) throw new Error('no digest');
}

function verified({ ok }: { ok: boolean }): void {
  if (!ok) throw new Error('a right sign was refused');
}

/** Ratios of each round to the bare side; round 0 warms the compiler up. */
function measureRounds(
  sides: Readonly<Record<Side, () => void>>,
): Record<'http' | 'mqtt', number[]> {
  const ratios: Record<'http' | 'mqtt', number[]> = { http: [], mqtt: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const turnsMs: Record<Side, number[]> = { bare: [], http: [], mqtt: [] };
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const side of ['bare', 'http', 'mqtt'] as const) {
        const startedMs = performance.now();
        sides[side]();
        turnsMs[side].push(performance.now() - startedMs);
      }
    }
    if (round === 0) continue;
    const bareMs = median(turnsMs.bare);
    ratios.http.push(median(turnsMs.http) / bareMs);
    ratios.mqtt.push(median(turnsMs.mqtt) / bareMs);
  }
  return ratios;
}
