import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  explainConnection,
  explainLoss,
} from '../../../../../infra/cli/device/explain-connection.ts';
import { createJournal } from '../../../../../infra/cli/device/journal.ts';
import { runCli } from '../../../../support/cli.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

async function wrong(...args: string[]): Promise<string> {
  const { code, out, err } = await runCli(['device', ...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  return err;
}

test.each([
  [[], 'Say what to do: mooring device connect.'],
  [
    ['connect', '--post', '21'],
    '--post wants a JSON object; example: --post \'{"temperature":21}\'',
  ],
  [['connect', '--every', '1'], '--every repeats --post, which is missing.'],
  [
    ['connect', '--post', '{}', '--every', '0'],
    '--every is "0", not a number of seconds from 0.01',
  ],
  [['connect', '--for', 'ever'], '--for is "ever", not a number of seconds from 0 on'],
  [['connect', '--event', 'Hot=1'], '--event wants a JSON object'],
  [['connect', '--publish', 'user/update'], '--publish "user/update" has no "="'],
  [['connect', '--answer', 'Reset=done'], '--answer Reset= wants JSON'],
  [['connect', '--qos', '2'], '--qos is "2", not 0 or 1.'],
  [['connect', '--count', '3'], '--devices is missing: mooring devices export --with-secrets'],
  [
    ['connect', '--devices', 'a.csv', '--register', 'register'],
    '--register does not go with --devices.',
  ],
  [
    ['connect', '--devices', 'a.csv', '--count', '0', '--url', 'mqtt://a'],
    '--count is "0", not an integer',
  ],
  [
    ['connect', '--url', '127.0.0.1:1883'],
    '--url is "127.0.0.1:1883", not of the form mqtt://host:port',
  ],
  [['connect', '--url', 'mqtt://a', '--product-key', 'a1'], '--device-name is missing.'],
  [['connect', '--url', 'mqtt://a', '--register', 'both'], '--register is "both", not register'],
])('a wrong command line is told before anybody connects: %j', async (args, message) => {
  expect(await wrong(...args)).toContain(message);
});

const TRIED = { url: 'mqtt://a', productKey: 'a1', deviceName: 'dev', clientId: 'a1.dev|x=1|' };

test.each([
  [2, 'a registration needs TLS'],
  [3, 'five sign-ins a minute'],
  [4, "--mqtt-client-id 'a1.dev|x=1|'"],
  [5, 'mooring EnableThing'],
  ['ENOTFOUND', 'there is no such host'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', '--ca FILE'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another name'],
  ['EPROTO', 'the connection failed (EPROTO). Is it an MQTT address? Where it wants TLS'],
])('a connection that fails with %s says what to do', (code, advice) => {
  expect(explainConnection(Object.assign(new Error('x'), { code }), TRIED)).toContain(advice);
});

test('a registration that is refused names all its causes', () => {
  const tried = { ...TRIED, clientId: 'a1.dev|authType=register|' };
  const said = explainConnection(Object.assign(new Error('x'), { code: 4 }), tried);
  expect(said).toContain('nobody has registered a device of this name');
});

test('a server without TLS is not told to be one that wants it', () => {
  const cause = Object.assign(new Error('x'), { code: 'ECONNRESET' });
  const said = explainConnection(cause, { ...TRIED, url: 'mqtts://a' });
  expect(said).toContain('does it speak TLS? Without, the URL begins with mqtt://');
});

test('a port that answers something else is told to be none of MQTT', () => {
  const cause = new Error('Invalid header flag bits, must be 0x0 for puback packet');
  expect(explainConnection(cause, TRIED)).toContain('what answers there is not MQTT');
});

test('what ends a connection without a code is told as it is', () => {
  expect(explainLoss(new Error('Keepalive timeout'), TRIED)).toBe('Keepalive timeout');
});

test('a CA file without a certificate is told', async () => {
  const path = join(tempFolder(), 'key.pem');
  writeFileSync(path, '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n');
  const { code, err } = await runCli(['device', 'connect', '--url', 'mqtts://a', '--ca', path]);
  expect(code).toBe(1);
  expect(err).toContain(`--ca: ${path} holds no certificate.`);
});

function journalOf(asJson: boolean) {
  const told = { out: '', err: '' };
  const terminal = {
    out: (text: string | Uint8Array) => {
      told.out += String(text);
    },
    err: (text: string) => {
      told.err += text;
    },
    hasColor: false,
    readInput: async () => '',
  };
  return { told, journal: createJournal(terminal, { asJson, nowMs: () => 0 }) };
}

test('messages go to the output, all else beside it, and neither can move the cursor', () => {
  const { told, journal } = journalOf(false);
  journal({ event: 'connected', text: 'a\u001b[2J' });
  journal({ event: 'received', topic: '/a\u001b/b', payload: Buffer.from('x\u0007') });
  journal({ event: 'received', topic: '/a', payload: Buffer.from('{\n "b": 1\n}') });
  expect(told.err).toBe('1970-01-01T00:00:00.000Z connected    a?[2J\n');
  expect(told.out).toBe(
    '1970-01-01T00:00:00.000Z received     /a?/b 7807\n1970-01-01T00:00:00.000Z received     /a { "b": 1 }\n',
  );
});

test('as JSON every event is an object a line, with bytes that are no text in hex', () => {
  const { told, journal } = journalOf(true);
  journal({ event: 'connected', text: 'a' });
  journal({ event: 'received', topic: '/a', payload: Buffer.from('查询') });
  journal({ event: 'received', topic: '/a', payload: Buffer.from([0xff, 0]) });
  journal({ event: 'received', topic: '/a', payload: Buffer.alloc(0) });
  const lines = told.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const time = '1970-01-01T00:00:00.000Z';
  expect(lines).toEqual([
    { time, event: 'connected', text: 'a' },
    { time, event: 'received', topic: '/a', payload: '查询' },
    { time, event: 'received', topic: '/a', payloadHex: 'ff00' },
    { time, event: 'received', topic: '/a', payload: '' },
  ]);
});
