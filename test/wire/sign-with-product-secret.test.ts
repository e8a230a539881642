import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { listOf } from '../support/list-stack.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const sign = (...args: string[]) => {
  const { productKey, productSecret } = stack.demo;
  return runCli([
    ...['sign', '--product-key', productKey, '--product-secret', productSecret, ...args],
  ]);
};

/** Of the line that begins with `name`. */
function lineOf(out: string, name: string): string {
  const line = out.split('\n').find((one) => one.startsWith(name)) ?? '';
  return line.slice(name.length).trim();
}

async function post(path: string, type: string, body: string): Promise<unknown> {
  const url = `http://127.0.0.1:${stack.port}${path}`;
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  return reply.json();
}

describe('mooring sign --product-secret', () => {
  test.each(['hmacsha256', 'hmacsha1', 'hmacmd5'])(
    'makes a dynamic registration with %s that is accepted',
    async (method) => {
      const { unactivatedDeviceName, unactivatedDeviceSecret, productKey } = stack.demo;
      const { code, out } = await sign('--device-name', unactivatedDeviceName, '--method', method);
      expect(code).toBe(0);
      expect(lineOf(out, 'content')).toMatch(
        `deviceName${unactivatedDeviceName}productKey${productKey}random`,
      );
      const path = '/auth/register/device';
      const body = lineOf(out, `POST ${path}`);
      expect(await post(path, 'application/x-www-form-urlencoded', body)).toMatchObject({
        code: 200,
        data: { deviceSecret: unactivatedDeviceSecret },
      });
    },
  );

  test.each([[[]], [['--timestamp', String(Date.now())]]])(
    'makes a request for a certificate that is accepted, with %o',
    async (timestamp) => {
      const { productKey } = stack.demo;
      const deviceId = `SN-${timestamp.length}`;
      const file = listOf(`deviceId\n${deviceId}\n`);
      const importing = ['devices', 'import', file, '--product', productKey];
      await runCli(importing, { env: { MOORING_DATA_DIR: stack.dataDir } });
      const { out } = await sign('--device-id', deviceId, ...timestamp);
      const path = `/certificate/${productKey}`;
      const body = lineOf(out, `POST ${path}`);
      expect(await post(path, 'application/json', body)).toMatchObject({
        productKey,
        deviceSecret: expect.stringMatching(/^\w{32}$/),
      });
    },
  );

  test('judges a given sign', async () => {
    const known = ['--device-id', 'SN-1', '--random', 'r1'];
    const { out } = await sign(...known);
    const right = await sign(...known, '--sign', lineOf(out, 'sign'));
    expect([right.code, lineOf(right.out, 'given sign')]).toEqual([0, 'right']);
    const wrong = await sign(...known, '--sign', '0'.repeat(64));
    expect([wrong.code, lineOf(wrong.out, 'given sign')]).toEqual([
      1,
      'wrong: sign is hmacsha256 over other content or with another key',
    ]);
  });

  test('does not take half of a question', async () => {
    expect((await sign()).err).toContain('--device-name is missing');
    expect(await sign('--device-name', 'a', '--method', 'sha256')).toMatchObject({ code: 2 });
    expect((await sign('--device-name', 'a', '--client-id', 'b')).err).toContain(
      '--client-id does not go with --product-secret',
    );
    expect((await sign('--device-name', 'a', '--timestamp', '1')).err).toContain('no --timestamp');
    const without = ['sign', '--product-key', 'a', '--device-name', 'b', '--device-secret', 'c'];
    const { code, err } = await runCli([...without, '--random', 'r']);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('--random goes with --product-secret'),
    ]);
  });
});
