import { describe, expect, test } from 'vitest';
import { runCli } from '../../../support/cli.ts';

const DEVICE = ['--product-key', 'pk', '--device-name', 'device'];
/** The platform's published example (protocol.md 3.5). */
const EXAMPLE = [...DEVICE, '--device-secret', 'secret', '--client-id', '12345'];
const EXAMPLE_SIGN = 'fafd82a3d602b37fb0fa8b7892f24a477f851a14';
const ALL = [...EXAMPLE, '--timestamp', '789', '--method', 'hmacsha1'];

describe('mooring sign', () => {
  test('computes the published example in every form in which a device sends it', async () => {
    const { code, out } = await runCli(['sign', ...ALL]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'content         clientId12345deviceNamedeviceproductKeypktimestamp789',
      'method          hmacsha1',
      `sign            ${EXAMPLE_SIGN}`,
      `POST /auth      {"productKey":"pk","deviceName":"device","clientId":"12345","timestamp":"789","signmethod":"hmacsha1","sign":"${EXAMPLE_SIGN}"}`,
      'MQTT client id  12345|securemode=3,signmethod=hmacsha1,timestamp=789|',
      'MQTT user name  device&pk',
      `MQTT password   ${EXAMPLE_SIGN}`,
      '',
    ]);
  });

  test('reads the secret from standard input', async () => {
    const args = ['sign', ...DEVICE, '--device-secret', '-', '--client-id', '12345'];
    const { out } = await runCli([...args, '--timestamp', '789', '--method', 'hmacsha1'], {
      input: 'secret\n',
    });
    expect(out).toContain(`sign            ${EXAMPLE_SIGN}\n`);
  });

  test('takes productKey.deviceName for the client id, and hmacmd5', async () => {
    const { out } = await runCli(['sign', ...DEVICE, '--device-secret', 'secret']);
    expect(out).toContain('content         clientIdpk.devicedeviceNamedeviceproductKeypk\n');
    expect(out).toContain('method          hmacmd5\n');
  });

  const CHECKED: readonly [what: string, args: string[], code: number, verdict: string][] = [
    [
      'a right signature in upper case',
      [...ALL, '--sign', EXAMPLE_SIGN.toUpperCase()],
      0,
      'given sign      right, hmacsha1, over the content above',
    ],
    [
      'one over another timestamp',
      [
        ...EXAMPLE,
        '--timestamp',
        '790',
        '--method',
        'hmacsha1',
        '--sign',
        '42e8bd4bbc9a22d3e0cbf3e7ba9ea5f0e6cc7b08',
      ],
      1,
      'given sign      wrong: sign is hmacsha1 over other content or with another key',
    ],
    [
      'one of another method',
      [...EXAMPLE, '--timestamp', '789', '--sign', EXAMPLE_SIGN],
      1,
      'given sign      wrong: sign is right for hmacsha1 (submitted), but hmacmd5 was declared or implied',
    ],
    [
      'a wrong user name',
      [...ALL, '--username', 'pk&device'],
      1,
      'given user name wrong, it is device&pk',
    ],
    ['a right user name', [...ALL, '--username', 'device&pk'], 0, 'given user name right'],
  ];
  for (const [what, args, code, verdict] of CHECKED) {
    test(`judges ${what}`, async () => {
      const run = await runCli(['sign', ...args]);
      expect(run.code).toBe(code);
      expect(run.out).toContain(`${verdict}\n`);
    });
  }

  test('checks the password of a whole MQTT client id', async () => {
    const whole = '12345|securemode=3,signmethod=hmacsha1,timestamp=789|';
    const secret = [...DEVICE, '--device-secret', 'secret'];
    const args = ['sign', ...secret, '--mqtt-client-id', whole, '--sign', EXAMPLE_SIGN];
    const { code, out } = await runCli(args);
    expect(code).toBe(0);
    expect(out).toContain('given sign      right, hmacsha1, over the content above\n');
  });

  const REFUSED: readonly [args: string[], message: string][] = [
    [
      [...ALL, '--mqtt-client-id', 'x|a=b|'],
      '--client-id and --mqtt-client-id exclude each other.',
    ],
    [
      [...DEVICE, '--device-secret', 'hush-hush', '--method', 'md5'],
      '--method is not right: not one of hmacmd5',
    ],
    [[...DEVICE, '--device-secret', '-'], '--device-secret is not right: it is empty.'],
    [
      [...DEVICE, '--device-secret', 'hush-hush', '--client-id', 'x'.repeat(65)],
      'This cannot be signed: the client id is longer than 64 characters.',
    ],
  ];
  for (const [args, message] of REFUSED) {
    test(`refuses "${message}" without showing the secret`, async () => {
      const { code, out, err } = await runCli(['sign', ...args]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(message);
      expect(err).not.toContain('hush-hush');
    });
  }
});
