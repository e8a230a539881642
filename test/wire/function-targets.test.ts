import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FunctionTarget } from '../../shared/model/forwarding.ts';
import { readForwarderConfig } from '../../shared/runtime/forwarder-config.ts';
import { openFunctionTargets } from '../../shared/runtime/open-forwarder.ts';
import {
  type Check,
  checkFc2,
  checkFc3,
  checkLambda,
  FC_ACCOUNT,
  FUNCTION_KEY,
  fc3Error,
  fcError,
  lambdaError,
} from '../support/checked-functions.ts';
import { type EndpointAnswer, startFunctionEndpoint } from '../support/function-endpoint.ts';

const EVENT = { event: Buffer.from('{"a":"ä"}'), contentType: 'application/json' as const };

const FC2: FunctionTarget = {
  kind: 'fc2',
  serviceName: 'iot',
  functionName: 'report',
  qualifier: null,
};
const FC3: FunctionTarget = { kind: 'fc3', functionName: 'report', qualifier: null };
const LAMBDA: FunctionTarget = { kind: 'lambda', functionName: 'report', qualifier: null };

beforeAll(() => {
  process.env['AWS_ACCESS_KEY_ID'] = FUNCTION_KEY.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = FUNCTION_KEY.accessKeySecret;
});

/** All kinds of targets, at one endpoint that answers what `check` says, else `answer`. */
async function openTargets(
  check: Check,
  answer: EndpointAnswer | Promise<EndpointAnswer> = {},
  env: Record<string, string> = {},
) {
  const endpoint = await startFunctionEndpoint((call) => check(call) ?? answer);
  onTestFinished(endpoint.stop);
  const config = readForwarderConfig({
    MOORING_FC_ACCOUNT_ID: FC_ACCOUNT.accountId,
    MOORING_FC_REGION: FC_ACCOUNT.region,
    MOORING_FC_ENDPOINT: endpoint.endpoint,
    MOORING_LAMBDA_ENDPOINT: endpoint.endpoint,
    ALIBABA_CLOUD_ACCESS_KEY_ID: FUNCTION_KEY.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: FUNCTION_KEY.accessKeySecret,
    AWS_REGION: 'eu-central-1',
    ...env,
  });
  const targets = openFunctionTargets(config);
  onTestFinished(targets.close);
  return { ...endpoint, targets };
}

describe.each([
  {
    name: 'Function Compute 2',
    target: FC2,
    check: checkFc2,
    path: '/2016-08-15/services/iot/functions/report/invocations',
    qualified: '/2016-08-15/services/iot.prod/functions/report/invocations',
    throttled: [
      fcError(429, 'ResourceExhausted', 'limit'),
      fcError(503, 'ResourceThrottled', 'machines'),
    ],
    refused: fcError(400, 'EntityTooLarge', 'payload size exceeds maximum allowed size'),
    failed: [
      fcError(500, 'InternalServerError', 'try again'),
      fcError(404, 'FunctionNotFound', 'no such function'),
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' },
      {
        headers: { 'x-fc-error-type': 'UnhandledInvocationError' },
        body: '{"errorMessage":"thrown"}',
      },
    ],
  },
  {
    name: 'Function Compute 3',
    target: FC3,
    check: checkFc3,
    path: '/2023-03-30/functions/report/invocations',
    qualified: '/2023-03-30/functions/report/invocations?qualifier=prod',
    throttled: [
      fc3Error(429, 'ResourceExhausted', 'limit'),
      fc3Error(429, 'Throttling.User', 'limit'),
    ],
    refused: fc3Error(400, 'EntityTooLarge', 'payload size exceeds maximum allowed size'),
    failed: [
      fc3Error(500, 'InternalServerError', 'try again'),
      fc3Error(404, 'FunctionNotFound', 'no such function'),
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' },
      {
        headers: { 'x-fc-error-type': 'UnhandledInvocationError' },
        body: '{"errorMessage":"thrown"}',
      },
    ],
  },
  {
    name: 'Lambda',
    target: LAMBDA,
    check: checkLambda,
    path: '/2015-03-31/functions/report/invocations',
    qualified: '/2015-03-31/functions/report/invocations?Qualifier=prod',
    throttled: [lambdaError(429, 'TooManyRequestsException', 'Rate exceeded')],
    refused: lambdaError(413, 'RequestTooLargeException', 'over 6291456 bytes'),
    failed: [
      lambdaError(500, 'ServiceException', 'try again'),
      lambdaError(404, 'ResourceNotFoundException', 'no such function'),
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' },
      { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"thrown"}' },
    ],
  },
])('$name', ({ target, check, path, qualified, throttled, refused, failed }) => {
  test('gets the event under a signature, and gives the answer of the function', async () => {
    const { targets, calls } = await openTargets(check, { body: '{"done":true}' });
    expect(await targets.invoke(target, EVENT)).toEqual({
      kind: 'succeeded',
      answer: '{"done":true}',
    });
    expect(calls.map((call) => [call.method, call.path, String(call.body)])).toEqual([
      ['POST', path, '{"a":"ä"}'],
    ]);
  });

  test('is called in the version or under the alias of the rule', async () => {
    const { targets, calls } = await openTargets(check);
    const { kind } = await targets.invoke(
      { ...target, qualifier: 'prod' } as FunctionTarget,
      EVENT,
    );
    expect([kind, calls[0]?.path]).toEqual(['succeeded', qualified]);
  });

  test('takes bytes as they are', async () => {
    const { targets, calls } = await openTargets(check);
    const event = Buffer.from([0, 0xff, 0x80]);
    await targets.invoke(target, { event, contentType: 'application/octet-stream' });
    expect(calls[0]?.body).toEqual(event);
  });

  test('that is throttled is told from one that fails', async () => {
    for (const answer of throttled) {
      const { targets } = await openTargets(check, answer);
      expect((await targets.invoke(target, EVENT)).kind).toBe('throttled');
    }
  });

  test('that refuses the event for good is told, with its reason', async () => {
    const { targets } = await openTargets(check, refused);
    const reason = expect.stringMatching(/exceeds|over/);
    expect(await targets.invoke(target, EVENT)).toEqual({ kind: 'refused', reason });
  });

  test('may be worth another try: its own faults, those of the function, a function that is not there', async () => {
    for (const answer of failed) {
      const { targets } = await openTargets(check, answer);
      expect(await targets.invoke(target, EVENT), JSON.stringify(answer)).toMatchObject({
        kind: 'failed',
      });
    }
  });

  test('that does not know the key is worth another try, and no secret is told', async () => {
    const { targets } = await openTargets(() =>
      check({ method: '', path: '/', headers: {}, body: Buffer.of() }),
    );
    const outcome = await targets.invoke(target, EVENT);
    expect(outcome.kind).toBe('failed');
    expect(JSON.stringify(outcome)).not.toContain(FUNCTION_KEY.accessKeySecret);
  });

  test('that does not answer in time is given up', async () => {
    const never = new Promise<EndpointAnswer>(() => undefined);
    const env = { MOORING_FORWARDER_CALL_TIMEOUT_MS: '300' };
    const { targets } = await openTargets(check, never, env);
    expect(await targets.invoke(target, EVENT)).toMatchObject({ kind: 'failed' });
  });

  test('that nobody listens for is worth another try', async () => {
    const { targets, stop } = await openTargets(check);
    await stop();
    expect(await targets.invoke(target, EVENT)).toMatchObject({ kind: 'failed' });
  });

  test('is called many times at once', async () => {
    const { targets, calls } = await openTargets(check);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => targets.invoke(target, EVENT)),
    );
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['succeeded']));
    expect(calls).toHaveLength(50);
  });
});

describe('Function Compute', () => {
  test('says which settings are missing, at the call that needs them', async () => {
    const targets = openFunctionTargets(readForwarderConfig({}));
    const { kind, ...more } = await targets.invoke(FC3, EVENT);
    expect([kind, JSON.stringify(more)]).toEqual([
      'failed',
      expect.stringContaining('MOORING_FC_ACCOUNT_ID and MOORING_FC_REGION'),
    ]);
  });

  test('says that there is no access key', async () => {
    const noKey = { ALIBABA_CLOUD_ACCESS_KEY_ID: '', ALIBABA_CLOUD_ACCESS_KEY_SECRET: '' };
    const { targets } = await openTargets(checkFc3, {}, noKey);
    expect(await targets.invoke(FC3, EVENT)).toMatchObject({
      reason: expect.stringContaining('there are no credentials for Alibaba Cloud'),
    });
  });
});

describe('a URL', () => {
  const open = (answer: EndpointAnswer | Promise<EndpointAnswer> = {}, env = {}) =>
    openTargets(() => undefined, answer, env);
  const at = (endpoint: string): FunctionTarget => ({ kind: 'http', url: `${endpoint}/in?x=1` });

  test('is posted to, and 2xx is success', async () => {
    const { targets, endpoint, calls } = await open({ status: 202, body: 'queued' });
    expect(await targets.invoke(at(endpoint), EVENT)).toEqual({
      kind: 'succeeded',
      answer: 'queued',
    });
    expect(calls).toMatchObject([
      {
        method: 'POST',
        path: '/in?x=1',
        headers: { 'content-type': 'application/json', 'content-length': '10' },
      },
    ]);
    expect(calls[0]?.headers.host).toBe(new URL(endpoint).host);
  });

  test.each([
    [429, 'throttled'],
    [400, 'refused'],
    [413, 'refused'],
    [422, 'refused'],
    [301, 'failed'],
    [401, 'failed'],
    [404, 'failed'],
    [408, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('that answers with %i has %s', async (status, kind) => {
    const { targets, endpoint } = await open({ status, body: 'because' });
    expect(await targets.invoke(at(endpoint), EVENT)).toEqual({
      kind,
      reason: `the target answers with status ${status}: because`,
    });
  });

  test('that does not answer in time is given up', async () => {
    const never = new Promise<EndpointAnswer>(() => undefined);
    const { targets, endpoint } = await open(never, { MOORING_FORWARDER_CALL_TIMEOUT_MS: '200' });
    expect(await targets.invoke(at(endpoint), EVENT)).toEqual({
      kind: 'failed',
      reason: 'no answer within 200 ms',
    });
  });

  test('whose answer never ends is given up', async () => {
    const { targets, endpoint } = await open({ body: 'x'.repeat(1_048_577) });
    expect(await targets.invoke(at(endpoint), EVENT)).toEqual({
      kind: 'failed',
      reason: 'the answer is longer than 1048576 bytes',
    });
  });

  test('that nobody listens on is worth another try', async () => {
    const { targets } = await open();
    expect(await targets.invoke({ kind: 'http', url: 'http://127.0.0.1:1/' }, EVENT)).toMatchObject(
      {
        kind: 'failed',
        reason: expect.stringContaining('ECONNREFUSED'),
      },
    );
  });
});
