import { beforeEach, describe, expect, test } from 'vitest';
import {
  deleteDevice,
  disableDevice,
  enableDevice,
} from '../../shared/core/devices/change-device.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import type { Request } from '../../shared/model/http.ts';
import { codeOf } from '../support/device-http.ts';
import { drainBus } from '../support/drain-bus.ts';
import { testKey } from '../support/memory-parts.ts';
import { START_MS } from '../support/test-clock.ts';
import { registerTestDevice } from '../support/test-device.ts';
import { issueTestToken, openTopicIngest, type TestIngest } from '../support/topic-ingest.ts';

const PROPERTY_POST = 'thing/event/property/post';
const BODY = { id: '17', params: { LightSwitch: 1 } };

let ingest: TestIngest;

beforeEach(async () => {
  ingest = await openTopicIngest();
});

const postProperty = (changes: Partial<Request> = {}) =>
  ingest.post(ingest.sys(PROPERTY_POST), BODY, changes);
const withToken = (token: string | undefined): Partial<Request> => ({
  headers: { 'content-type': 'application/octet-stream', password: token },
});
const ownToken = () => issueTestToken(ingest.device, ingest.parts);

/** That the last message was refused with this code, for this reason, and that nothing was published. */
async function expectRefusal(
  reply: Awaited<ReturnType<typeof postProperty>>,
  expected: { code: number; refused: object },
): Promise<void> {
  expect(codeOf(reply)).toBe(expected.code);
  const { level, message, fields } = ingest.parts.log.lines.at(-1) ?? {};
  expect({ level, message }).toEqual({ level: 'warn', message: 'message refused' });
  expect(fields?.['refused']).toEqual(expected.refused);
  expect(await drainBus(ingest.parts.bus)).toEqual([]);
}

describe('a message with a bad request', () => {
  const octets = 'the content type has to be application/octet-stream';
  const requests: [string, Partial<Request>, object][] = [
    ['by GET', { method: 'GET' }, malformed('GET where only POST is served')],
    ['with a query', { query: '_sn=default' }, malformed('a query string is not allowed')],
    ['of another type', { headers: { 'content-type': 'application/json' } }, malformed(octets)],
    ['without a type', { headers: {} }, malformed(octets)],
    [
      'over 128 KB',
      { body: Buffer.alloc(128 * 1024 + 1) },
      { kind: 'payload-too-large', limitBytes: 131_072 },
    ],
  ];
  test.each(requests)('%s is refused with 10001', async (_, changes, refused) => {
    await expectRefusal(await postProperty(changes), { code: 10001, refused });
  });

  const bodies: [string, unknown, string][] = [
    ['no JSON', Buffer.from('{"id":'), 'the body is not JSON in UTF-8'],
    ['nothing', Buffer.alloc(0), 'the body is not JSON in UTF-8'],
    ['garbage', Buffer.from([0, 255, 254]), 'the body is not JSON in UTF-8'],
    ['an array', [], 'the body is not a JSON object'],
    ['an id of an object', { id: {}, params: {} }, 'id is neither a string nor a number'],
  ];
  const suffixes = [PROPERTY_POST, 'thing/event/Overheat/post', 'thing/deviceinfo/update'];
  for (const suffix of suffixes) {
    test.each(bodies)(`to ${suffix} of %s is refused with 10001`, async (_, body, reason) => {
      const reply = await ingest.post(ingest.sys(suffix), body);
      await expectRefusal(reply, { code: 10001, refused: malformed(reason) });
    });
  }
});

test('a post without params is refused with 10001', async () => {
  const reply = await ingest.post(ingest.sys(PROPERTY_POST), { id: '1' });
  await expectRefusal(reply, { code: 10001, refused: malformed('params is absent') });
});

test('tags that are none are refused with 10001', async () => {
  const reply = await ingest.post(ingest.sys('thing/deviceinfo/update'), { id: '1' });
  const refused = { kind: 'alink-refused', code: 460, message: 'request parameter error' };
  await expectRefusal(reply, { code: 10001, refused });
});

describe('a message to a topic that is not the device’s', () => {
  test.each([
    ['another device', 'dev_002/user/update', 'not a topic of this device'],
    ['a downlink', 'dev_001/thing/service/property/set', 'devices do not publish to it'],
  ])('%s is refused with 10001', async (_, rest, reason) => {
    const { productKey } = ingest.device;
    const topic = rest.includes('thing') ? `/sys/${productKey}/${rest}` : `/${productKey}/${rest}`;
    const reply = await ingest.post(topic, BODY);
    await expectRefusal(reply, { code: 10001, refused: { kind: 'topic-refused', topic, reason } });
  });

  test.each(['', '/', '//', '/sys', '/a1Other0000/dev_001/user/update', `/${'t'.repeat(5000)}`])(
    '%j is refused with 10001',
    async (topic) => {
      const refused = expect.objectContaining({ kind: 'topic-refused' });
      await expectRefusal(await ingest.post(topic, BODY), { code: 10001, refused });
    },
  );
});

describe('a message with a bad token', () => {
  test.each(['', undefined])('of %j is refused with 20002', async (token) => {
    const reply = await postProperty(withToken(token));
    await expectRefusal(reply, { code: 20002, refused: { kind: 'token-absent' } });
  });

  test('that was altered is refused with 20003', async () => {
    const token = await ownToken();
    const altered = token.slice(0, -4) + (token.endsWith('AAAA') ? 'BBBB' : 'AAAA');
    const reply = await postProperty(withToken(altered));
    await expectRefusal(reply, { code: 20003, refused: { kind: 'token-forged' } });
    expect(JSON.stringify(ingest.parts.log.lines)).not.toContain(altered);
  });

  test.each(['x', 'not a token', 'A'.repeat(100), 'é', 'A'.repeat(100_000)])(
    'that is none is refused with 20003',
    async (token) => {
      const refused = expect.objectContaining({ kind: 'token-malformed' });
      await expectRefusal(await postProperty(withToken(token)), { code: 20003, refused });
    },
  );

  test('that was cut is refused with 20003', async () => {
    const token = await ownToken();
    const refused = expect.objectContaining({ kind: expect.stringMatching(/malformed|forged/) });
    const reply = await postProperty(withToken(token.slice(0, -8)));
    await expectRefusal(reply, { code: 20003, refused });
  });

  test('that has expired is refused with 20001', async () => {
    ingest.parts.clock.advance(TOKEN_LIFE_MS - 1);
    expect(codeOf(await postProperty())).toBe(0);
    await drainBus(ingest.parts.bus);
    ingest.parts.clock.advance(1);
    await expectRefusal(await postProperty(), { code: 20001, refused: retired('expired') });
  });

  test('of a key that is not known is refused with 20001', async () => {
    const { productKey, deviceName } = ingest.device;
    const claims = { productKey, deviceName, generation: START_MS };
    const foreign = createKeyRing([testKey('foreign')]);
    const token = issueToken({ ...claims, expiresAtMs: START_MS + TOKEN_LIFE_MS }, foreign);
    const reply = await postProperty(withToken(token));
    await expectRefusal(reply, { code: 20001, refused: retired('unknown-key') });
  });

  test('leaves neither token nor secret in the log', async () => {
    await disableDevice(ingest.device, ingest.parts);
    const token = await ownToken();
    await postProperty(withToken(token));
    const logged = JSON.stringify(ingest.parts.log.lines);
    expect(logged).toContain(`${ingest.device.productKey}/dev_001`);
    expect(logged).not.toContain(token);
    expect(logged).not.toContain(ingest.device.deviceSecret);
  });

  test('has no more than 128 characters of its topic in the log', async () => {
    await ingest.post(`/${'t'.repeat(900_000)}`, BODY, withToken('none'));
    const [line] = ingest.parts.log.lines;
    expect(line?.fields['topic']).toBe(`/${'t'.repeat(127)}`);
    expect(JSON.stringify(line).length).toBeLessThan(1000);
  });
});

describe('a message of a device that was changed', () => {
  beforeEach(async () => {
    expect(codeOf(await postProperty())).toBe(0);
    await drainBus(ingest.parts.bus);
  });

  test('is refused with 20003 within 10 s of its disabling, and passes when it is enabled', async () => {
    await disableDevice(ingest.device, ingest.parts);
    ingest.parts.clock.advance(10_000);
    const refused = { kind: 'token-identity-gone', reason: 'disabled' };
    await expectRefusal(await postProperty(), { code: 20003, refused });
    await enableDevice(ingest.device, ingest.parts);
    ingest.parts.clock.advance(10_000);
    expect(codeOf(await postProperty())).toBe(0);
  });

  test('is refused with 20003 within 10 s of its deletion', async () => {
    await deleteDevice(ingest.device, ingest.parts);
    ingest.parts.clock.advance(10_000);
    const refused = { kind: 'token-identity-gone', reason: 'deleted' };
    await expectRefusal(await postProperty(), { code: 20003, refused });
  });

  test('is refused with 20001 within 10 s of its making anew, and passes at once with a new token', async () => {
    const { productKey, deviceName } = ingest.device;
    await deleteDevice(ingest.device, ingest.parts);
    ingest.parts.clock.advance(1);
    await registerTestDevice(ingest.parts, { productKey, deviceName });
    const reply = await postProperty(withToken(await ownToken()));
    expect(codeOf(reply)).toBe(0);
    await drainBus(ingest.parts.bus);
    await expectRefusal(await postProperty(), {
      code: 20001,
      refused: retired('other-generation'),
    });
  });
});

describe('too many messages', () => {
  test('are refused with 40000 from the 31st in a second on, for this device alone', async () => {
    for (let message = 0; message < 30; message += 1) {
      expect(codeOf(await postProperty())).toBe(0);
    }
    expect(await drainBus(ingest.parts.bus)).toHaveLength(30);
    const refused = { kind: 'rate-exceeded', limitPerSecond: 30 };
    await expectRefusal(await postProperty(), { code: 40000, refused });
    const { productKey } = ingest.device;
    const other = await registerTestDevice(ingest.parts, { productKey, deviceName: 'dev_002' });
    const token = await issueTestToken(other, ingest.parts);
    const topic = `/${productKey}/dev_002/user/update`;
    expect(codeOf(await ingest.post(topic, BODY, withToken(token)))).toBe(0);
    ingest.parts.clock.advance(1000);
    expect(codeOf(await postProperty())).toBe(0);
  });
});

test('a message that the bus does not take is refused with 30001', async () => {
  const { bus } = ingest.parts;
  const closed = await openTopicIngest({}, { bus });
  await bus.close();
  const reply = await closed.post(closed.sys(PROPERTY_POST), BODY);
  expect(reply.body).toBe('{"code":30001,"message":"publish message error"}');
  expect(closed.parts.log.lines).toMatchObject([
    {
      level: 'warn',
      message: 'message refused',
      fields: { refused: { kind: 'publish-failed', reason: 'Error: the bus is closed' } },
    },
  ]);
});

test('a fault of the store is code 10000, and the reason is in the log', async () => {
  const error = new Error('the disk is gone');
  const directory = { find: () => Promise.reject(error), refresh: () => Promise.reject(error) };
  const broken = await openTopicIngest({}, { directory });
  const reply = await broken.post(broken.sys(PROPERTY_POST), BODY);
  expect(reply.body).toBe('{"code":10000,"message":"common error"}');
  const fields = { requestId: 'request-1', error };
  expect(broken.parts.log.lines).toMatchObject([
    { level: 'error', message: 'ingest failed', fields },
  ]);
});

function malformed(reason: string) {
  return { kind: 'malformed-request', reason };
}

function retired(reason: string) {
  return { kind: 'token-retired', reason };
}
