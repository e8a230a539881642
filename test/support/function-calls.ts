import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { rpcSign } from '../../shared/core/signing/openapi/rpc-sign.ts';
import type { BundleProcess } from './bundle-process.ts';
import { runCli } from './cli.ts';
import { signForm } from './device-http.ts';
import type { TestDevice } from './test-device.ts';

type AccessKey = { accessKeyId: string; accessKeySecret: string };

/** As an operator makes it, with the functions' environment. */
export async function createAccessKey(
  store: string,
  env: Record<string, string>,
): Promise<AccessKey> {
  const { out, err } = await runCli(['access-keys', 'create', '--store', store], { env });
  const [, accessKeyId, accessKeySecret] =
    /^accessKeyId (\w+)\naccessKeySecret (\w+)\n$/.exec(out) ?? [];
  if (!accessKeyId || !accessKeySecret) throw new Error(`no access key was made: ${err}`);
  return { accessKeyId, accessKeySecret };
}

/** Signed calls of the built openapi function; each is expected to succeed and resolves to its Data. */
export function openapiCaller(
  openapi: Pick<BundleProcess, 'call'>,
  { accessKeyId, accessKeySecret }: AccessKey,
) {
  return async (Action: string, parameters: Record<string, string>) => {
    const params = {
      ...parameters,
      Action,
      Version: '2018-01-20',
      Format: 'JSON',
      AccessKeyId: accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: randomUUID(),
      Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    };
    const Signature = rpcSign({ method: 'GET', params }, accessKeySecret);
    const query = new URLSearchParams({ ...params, Signature }).toString();
    const reply = await openapi.call({ method: 'GET', path: '/', query });
    expect(reply, Action).toMatchObject({ Success: true });
    return reply['Data'] as Record<string, string>;
  };
}

export function signIn(deviceAuth: BundleProcess, device: Omit<TestDevice, 'iotId'>) {
  const { productKey, deviceName, deviceSecret } = device;
  const clientId = `${productKey}.${deviceName}`;
  const form = signForm({ productKey, deviceName, clientId }, deviceSecret);
  const headers = { 'content-type': 'application/json' };
  return deviceAuth.call({ path: '/auth', headers, body: JSON.stringify(form) });
}
