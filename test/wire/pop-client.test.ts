import { afterEach, describe, expect, test } from 'vitest';
import {
  createPopClient,
  type PopClientOptions,
  PopUnreachableError,
  type Retry,
} from '../../shared/adapters/aliyun/pop-client.ts';
import {
  answerOf,
  type Script,
  type ScriptedAnswer,
  type ScriptedApi,
  startScriptedApi,
} from '../support/scripted-api.ts';

const CREDENTIALS = {
  accessKeyId: 'AKID-1',
  accessKeySecret: 'SECRET-1',
  securityToken: 'TOKEN-1',
};
const DEVICE = { ProductKey: 'a1', DeviceName: 'd1' };
const THROTTLED = answerOf({ Code: 'Throttling.User', Message: 'flow control' }, 400);
const BROKEN = answerOf({ Code: 'InternalError', Message: 'disk' }, 500);
const DONE = answerOf({ Success: true, Data: { Value: 1 } });

const running: ScriptedApi[] = [];

afterEach(async () => {
  for (const api of running.splice(0)) await api.stop();
});

/** A client of a scripted account, whose clock moves by what it waits and by nothing else. */
async function openClient(script: Script, options: Partial<PopClientOptions> = {}) {
  const api = await startScriptedApi(script);
  running.push(api);
  const waits: number[] = [];
  const retries: Retry[] = [];
  let nowMs = 0;
  const client = createPopClient({
    endpoint: api.endpoint,
    credentials: () => CREDENTIALS,
    nowMs: () => nowMs,
    waitMs: async (ms) => {
      waits.push(ms);
      nowMs += ms;
    },
    randomFraction: () => 0.5,
    onRetry: (retry) => retries.push(retry),
    ...options,
  });
  return { client, api, waits, retries };
}

describe('a call', () => {
  test('is a signed form with the instance and lists, and gives the whole reply', async () => {
    const { client, api } = await openClient(() => DONE, { instanceId: 'iot-1' });
    const reply = await client.call('BatchCheck', { ...DEVICE, Count: 2, Names: ['a', 'b'] });
    expect(reply).toEqual({
      ok: true,
      value: { RequestId: 'R', Success: true, Data: { Value: 1 } },
    });
    expect(Object.fromEntries(api.forms[0] ?? [])).toMatchObject({
      Action: 'BatchCheck',
      Version: '2018-01-20',
      IotInstanceId: 'iot-1',
      ...DEVICE,
      Count: '2',
      'Names.1': 'a',
      'Names.2': 'b',
      AccessKeyId: 'AKID-1',
      SecurityToken: 'TOKEN-1',
      Signature: expect.stringMatching(/=$/),
    });
  });

  test('gives a number of more than 15 digits as text', async () => {
    const body = '{"Success":true,"Data":{"List":[{"ApplyId":9223372036854775807}]}}';
    const { client } = await openClient(() => ({ status: 200, body }));
    expect(await client.call('QueryPage', {})).toMatchObject({
      value: { Data: { List: [{ ApplyId: '9223372036854775807' }] } },
    });
  });

  test('is signed with the credentials of the moment', async () => {
    let number = 0;
    const credentials = () => {
      number += 1;
      return { accessKeyId: `AKID-${number}`, accessKeySecret: 'S', securityToken: `T-${number}` };
    };
    const { client, api } = await openClient(() => DONE, { credentials });
    await client.call('QueryProduct', {});
    await client.call('QueryProduct', {});
    const sent = api.forms.map((form) => [form.get('AccessKeyId'), form.get('SecurityToken')]);
    expect(sent).toEqual([
      ['AKID-1', 'T-1'],
      ['AKID-2', 'T-2'],
    ]);
  });

  test('is not made where there are no credentials', async () => {
    const credentials = () => Promise.reject(new Error('no role'));
    const { client, api } = await openClient(() => DONE, { credentials });
    await expect(client.call('QueryProduct', {})).rejects.toThrow('no role');
    expect(api.forms).toEqual([]);
  });
});

describe('a throttled call', () => {
  test('is repeated with a doubled wait each time until it is answered', async () => {
    const script: Script = (_form, count) => (count <= 3 ? THROTTLED : DONE);
    const { client, waits, retries } = await openClient(script);
    expect(await client.call('CreateProduct', {})).toMatchObject({ ok: true });
    expect(waits).toEqual([750, 1500, 3000]);
    expect(retries[0]).toEqual({
      action: 'CreateProduct',
      attempt: 1,
      reason: 'Throttling.User',
      backoffMs: 750,
    });
  });

  test('is refused after six attempts', async () => {
    const { client, api, waits } = await openClient(() => THROTTLED);
    expect(await client.call('QueryProduct', {})).toEqual({
      ok: false,
      failure: { kind: 'identity-source-throttled', attempts: 6 },
    });
    expect(api.forms).toHaveLength(6);
    expect(waits).toEqual([750, 1500, 3000, 6000, 7500]);
  });

  test('is refused when the next attempt might end after the budget', async () => {
    const retry = { budgetMs: 5000 };
    const { client, waits } = await openClient(() => THROTTLED, { timeoutMs: 2500, retry });
    expect(await client.call('QueryProduct', {})).toMatchObject({ failure: { attempts: 3 } });
    expect(waits).toEqual([750, 1500]);
  });
});

describe('a call without a readable answer', () => {
  for (const [name, answer] of [
    ['a connection that closes', 'hang-up'],
    ['silence', 'silence'],
    ['a page of a proxy', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['JSON of something else', { status: 502, body: '{"message":"Bad Gateway"}' }],
    ['an internal error', BROKEN],
  ] as const) {
    test(`is repeated if it reads or registers a name: ${name}`, async () => {
      for (const action of ['QueryDeviceDetail', 'RegisterDevice']) {
        const script: Script = (_form, count) => (count === 1 ? answer : DONE);
        const { client, api } = await openClient(script, { timeoutMs: 300 });
        expect(await client.call(action, DEVICE)).toMatchObject({ ok: true });
        expect(api.forms).toHaveLength(2);
      }
    });
  }

  test('is not repeated if it might be done twice', async () => {
    const { client, api } = await openClient(() => 'hang-up');
    for (const [action, parameters] of [
      ['CreateProduct', { ProductName: 'name' }],
      ['RegisterDevice', { ProductKey: 'a1' }],
    ] as const) {
      await expect(client.call(action, parameters)).rejects.toThrow(PopUnreachableError);
    }
    expect(api.forms).toHaveLength(2);
  });

  test('rejects in the end with the address and the last reason', async () => {
    const { client, api } = await openClient(() => 'silence', { timeoutMs: 30 });
    await expect(client.call('QueryProduct', {})).rejects.toThrow(
      `${api.endpoint} did not answer QueryProduct in 6 attempts: no answer within 30 ms`,
    );
  });

  test('is given up sooner as long as nothing has ever answered, and then not any more', async () => {
    let answers: ScriptedAnswer = 'hang-up';
    const retry = { unansweredAttempts: 3 };
    const { client, api } = await openClient(() => answers, { retry });
    await expect(client.call('QueryProduct', {})).rejects.toThrow(
      'in 3 attempts: ECONNRESET. Is this the address of the IoT OpenAPI?',
    );
    expect(api.forms).toHaveLength(3);
    answers = answerOf({ Success: false, Code: 'iot.prod.NullProductKey' });
    await client.call('QueryProduct', {});
    answers = 'hang-up';
    await expect(client.call('QueryProduct', {})).rejects.toThrow(/in 6 attempts: ECONNRESET$/);
    expect(api.forms).toHaveLength(3 + 1 + 6);
  });

  test('is refused in the end with the code of an internal error', async () => {
    const { client } = await openClient(() => BROKEN);
    expect(await client.call('QueryProduct', {})).toMatchObject({
      failure: { kind: 'identity-source-refused', code: 'InternalError', message: 'disk' },
    });
  });
});

test('a refused connection rejects at once and names the address', async () => {
  const { client, api, waits } = await openClient(() => DONE);
  await api.stop();
  running.splice(0);
  await expect(client.call('QueryProduct', {})).rejects.toThrow(
    `${api.endpoint} cannot be reached (ECONNREFUSED)`,
  );
  expect(waits).toEqual([]);
});

test('a refusal is not repeated', async () => {
  const refused = answerOf({
    Success: false,
    Code: 'iot.prod.NullProductKey',
    ErrorMessage: 'none',
  });
  const { client, api } = await openClient(() => refused);
  expect(await client.call('QueryProduct', {})).toEqual({
    ok: false,
    failure: { kind: 'identity-source-refused', code: 'iot.prod.NullProductKey', message: 'none' },
  });
  expect(api.forms).toHaveLength(1);
});
