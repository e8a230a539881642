import { beforeEach, expect, test, vi } from 'vitest';
import type { CloudHandler } from '../../../../shared/runtime/http-function.ts';

const ROLE = {
  accessKeyId: 'role-id',
  accessKeySecret: 'role-secret',
  securityToken: 'role-token',
};
const LASTING = { accessKeyId: 'own-id', accessKeySecret: 'own-secret' };
const TEMPORARY = { ...LASTING, securityToken: 'own-token' };

const fc3 = {
  version: 'v1',
  rawPath: '/',
  requestContext: { requestId: 'r', http: { method: 'POST', sourceIp: '10.0.0.1' } },
};

// The credentials of the role belong to the process: a test has to begin with a new one.
beforeEach(() => vi.resetModules());

async function loadRuntime() {
  const { aliyunCredentials, noteRoleCredentials } = await import(
    '../../../../shared/runtime/role-credentials.ts'
  );
  const { httpFunction } = await import('../../../../shared/runtime/http-function.ts');
  const { busFunction } = await import('../../../../shared/runtime/bus-function.ts');
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const reply = { status: 200, contentType: 'application/json', body: '{}' };
  const call: CloudHandler = httpFunction(() => async () => reply, silent);
  return { aliyunCredentials, noteRoleCredentials, call, busFunction };
}

test('without a role and a key the error says what to set', async () => {
  const { aliyunCredentials } = await loadRuntime();
  const credentials = aliyunCredentials({ accessKeyId: 'own-id' });
  expect(() => credentials()).toThrow(
    'set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or give the function a role',
  );
});

test('the newest credentials of the role are used, by whoever asked before them too', async () => {
  const { aliyunCredentials, noteRoleCredentials } = await loadRuntime();
  const credentials = aliyunCredentials({});
  noteRoleCredentials({ credentials: ROLE });
  expect(credentials()).toEqual(ROLE);
  const newer = { ...ROLE, accessKeyId: 'newer-id' };
  noteRoleCredentials({ requestId: 'r', credentials: newer });
  expect(credentials()).toEqual(newer);
});

for (const context of [
  undefined,
  null,
  {},
  { credentials: null },
  { credentials: { ...ROLE, securityToken: '' } },
  { credentials: { ...ROLE, accessKeySecret: 1 } },
]) {
  test(`a context without whole credentials changes nothing: ${JSON.stringify(context)}`, async () => {
    const { aliyunCredentials, noteRoleCredentials } = await loadRuntime();
    noteRoleCredentials({ credentials: ROLE });
    noteRoleCredentials(context);
    expect(aliyunCredentials({})()).toEqual(ROLE);
  });
}

test('an access key of the environment wins over the role, temporary credentials do not', async () => {
  const { aliyunCredentials, noteRoleCredentials } = await loadRuntime();
  const [lasting, temporary] = [aliyunCredentials(LASTING), aliyunCredentials(TEMPORARY)];
  expect(temporary()).toEqual(TEMPORARY);
  noteRoleCredentials({ credentials: ROLE });
  expect(lasting()).toEqual(LASTING);
  expect(temporary()).toEqual(ROLE);
});

test('Function Compute 3 hands the role over beside the event', async () => {
  const { aliyunCredentials, call } = await loadRuntime();
  await call(Buffer.from(JSON.stringify(fc3)), { requestId: 'r', credentials: ROLE });
  expect(aliyunCredentials({})()).toEqual(ROLE);
});

test('Function Compute 2 hands the role over behind request and response', async () => {
  const { aliyunCredentials, call } = await loadRuntime();
  const nothing = () => undefined;
  const response = { setStatusCode: nothing, setHeader: nothing, send: nothing };
  const request = { method: 'POST', path: '/', headers: {}, body: Buffer.alloc(0) };
  await call(request, response, { requestId: 'r', credentials: ROLE });
  expect(aliyunCredentials({})()).toEqual(ROLE);
});

test('a function that consumes messages gets the role too', async () => {
  const { aliyunCredentials, busFunction } = await loadRuntime();
  const call = busFunction(() => async () => []);
  await Promise.resolve(call({ odd: true }, { credentials: ROLE })).catch(() => undefined);
  expect(aliyunCredentials({})()).toEqual(ROLE);
});
