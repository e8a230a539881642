import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstSteps } from '../../infra/local/first-steps.ts';
import { httpSign } from '../../shared/core/signing/http-sign.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { hasCommand, makeCertificate, run } from './commands.ts';

const ACCEPTED = { code: 0, message: 'success', info: expect.anything() };

describe.skipIf(!hasCommand('curl'))('curl (Debian package curl)', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
  });
  afterAll(() => stack.stop());

  test('signs a device in and posts, with the commands that the first start prints', async () => {
    const script = shellLinesOf(firstSteps(stack.demo, stack.dataDir));
    expect(script.match(/^ *(TOKEN=\$\()?curl /gm)).toHaveLength(2);
    expect(JSON.parse(await run('sh', ['-ec', script]))).toEqual(ACCEPTED);
  });

  test('is told with status 200 and a code what is wrong', async () => {
    const url = `${stack.demo.endpoints['http']}/auth`;
    const withStatus = ['-sS', '-w', '\n%{http_code} %{content_type}', url];
    expect(await run('curl', [...withStatus, '-d', '{}'])).toBe(
      '{"code":10001,"message":"param error"}\n200 application/json',
    );
  });

  test('sends more than 128 KB after the server agreed to see it, and is refused', async () => {
    const { productKey, deviceName, endpoints } = stack.demo;
    const body = join(stack.dataDir, 'body');
    await writeFile(body, 'x'.repeat(128 * 1024 + 1));
    const expectContinue = ['-H', 'Expect: 100-continue', '-H', 'password: x'];
    const octets = ['-H', 'Content-Type: application/octet-stream'];
    const url = `${endpoints['http']}/topic/${productKey}/${deviceName}/user/update`;
    const answer = await run('curl', [
      '-sS',
      url,
      ...expectContinue,
      ...octets,
      '--data-binary',
      `@${body}`,
    ]);
    expect(JSON.parse(answer)).toEqual({ code: 10001, message: 'param error' });
  });
});

describe.skipIf(!hasCommand('curl') || !hasCommand('openssl'))(
  'curl over TLS (Debian packages curl and openssl)',
  () => {
    let folder: string;
    let certificate: string;
    let stack: TestStack;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mooring-tls-'));
      certificate = join(folder, 'cert.pem');
      const key = join(folder, 'key.pem');
      await makeCertificate(certificate, key);
      stack = await startTestStack({ MOORING_TLS_CERT: certificate, MOORING_TLS_KEY: key });
    });
    afterAll(async () => {
      await stack.stop();
      await rm(folder, { recursive: true });
    });

    test('signs in over HTTPS and HTTP on one port', async () => {
      const { http, https } = stack.demo.endpoints;
      expect(new URL(https ?? '').port).toBe(new URL(http ?? '').port);
      for (const endpoint of [https, http, https]) {
        expect(JSON.parse(await signIn(`${endpoint}/auth`)), endpoint).toEqual(ACCEPTED);
      }
    });

    test.each(['1.2', '1.3'])('is served TLS %s', async (version) => {
      const only = [`--tlsv${version}`, '--tls-max', version];
      expect(JSON.parse(await signIn(`${stack.demo.endpoints['https']}/auth`, only))).toEqual(
        ACCEPTED,
      );
    });

    function signIn(url: string, options: readonly string[] = []): Promise<string> {
      const { productKey, deviceName, deviceSecret } = stack.demo;
      const fields = { productKey, deviceName, clientId: 'curl' };
      const sign = httpSign(fields, 'hmacsha256', deviceSecret);
      const form = JSON.stringify({ ...fields, signmethod: 'hmacsha256', sign });
      const json = ['-H', 'Content-Type: application/json', '-d', form];
      return run('curl', ['-sS', '--cacert', certificate, ...options, ...json, url]);
    }
  },
);

/** The commands are indented; those that need more than curl are in first-steps.test.ts. */
function shellLinesOf(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('  '));
  return lines.filter((line) => !/^ *(npx|device) /.test(line)).join('\n');
}
