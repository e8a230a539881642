import { EventEmitter, on, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import {
  type FailedHandshake,
  type OpenPort,
  openPort,
  type PortOptions,
} from '../../../../../infra/local/net/tls-or-plain.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { writeRsaCertificate } from './rsa-certificate.ts';

const HOST = '127.0.0.1';
const TLS_HANDSHAKE_BEGUN = Buffer.from([0x16, 3, 1, 2, 0]);

/** Says what it took the client for, then sends back what comes. */
function echo(socket: Socket, { isTls }: { isTls: boolean }): void {
  socket.write(isTls ? 'tls ' : 'plain ');
  socket.on('readable', () => {
    const chunk: Buffer | null = socket.read();
    if (chunk) socket.write(chunk);
  });
}

async function open(options: Partial<PortOptions> = {}): Promise<OpenPort> {
  const place = { host: HOST, port: 0, variables: 'MOORING_TEST_PORT' };
  const port = await openPort({ ...place, onConnection: echo, ...options });
  onTestFinished(() => port.stop().catch(() => undefined));
  return port;
}

const withTls = () => ({ tls: writeRsaCertificate(tempFolder()) });

async function connected(socket: Socket, event: string): Promise<Socket> {
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, event);
  return socket;
}

const plainTo = ({ port }: OpenPort) => connected(connect(port, HOST), 'connect');

function secureTo({ port }: OpenPort, options: ConnectionOptions = {}): Promise<Socket> {
  const socket = connectTls({ host: HOST, port, rejectUnauthorized: false, ...options });
  return connected(socket, 'secureConnect');
}

/** However it ends: it may have been reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.resume().once('close', () => resolve()));
}

/** What comes until there is so much of it. */
async function received(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String((await once(socket, 'data'))[0]);
  return text;
}

test('a port with a certificate tells plain clients from those of TLS, and loses no byte of either', async () => {
  const port = await open(withTls());
  const plain = await plainTo(port);
  plain.write('hello');
  expect(await received(plain, 11)).toBe('plain hello');
  const secure = await secureTo(port);
  secure.write('hello');
  expect(await received(secure, 9)).toBe('tls hello');
});

test('a port without a certificate takes every client for a plain one', async () => {
  const plain = await plainTo(await open());
  plain.write('hello');
  expect(await received(plain, 11)).toBe('plain hello');
});

test.each(['AES128-SHA', 'AES256-SHA', 'AES128-GCM-SHA256', 'AES256-GCM-SHA384'])(
  'a client that offers only the RSA key exchange of %s is served over TLS 1.2',
  async (ciphers) => {
    const port = await open(withTls());
    const secure = await secureTo(port, { ciphers, maxVersion: 'TLSv1.2' });
    secure.write('hello');
    expect(await received(secure, 9)).toBe('tls hello');
  },
);

test('a client that offers a protocol the port does not know is served', async () => {
  const secure = await secureTo(await open(withTls()), { ALPNProtocols: ['mqtt'] });
  secure.write('hello');
  expect(await received(secure, 9)).toBe('tls hello');
});

test('TLS 1.1 is refused, and so is garbage, with their reasons, and the port goes on', async () => {
  const failed: unknown[] = [];
  const port = await open({ ...withTls(), onFailedHandshake: (one) => failed.push(one) });
  const old: ConnectionOptions = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' };
  const ciphers = 'DEFAULT@SECLEVEL=0';
  await expect(secureTo(port, { ...old, ciphers })).rejects.toThrow();
  const garbage = await plainTo(port);
  garbage.write(Buffer.concat([TLS_HANDSHAKE_BEGUN, Buffer.alloc(1000, 0xaa)]));
  await closed(garbage);
  expect(failed).toEqual([
    { reason: 'unsupported protocol', sourceIp: HOST },
    { reason: expect.stringMatching(/./), sourceIp: HOST },
  ]);
  const reset = await plainTo(port);
  reset.write('x');
  reset.resetAndDestroy();
  const secure = await secureTo(port);
  secure.write('hello');
  expect(await received(secure, 9)).toBe('tls hello');
});

async function openTelling(options: Partial<PortOptions> = {}) {
  const told = new EventEmitter<{ failed: [FailedHandshake] }>();
  const onFailedHandshake = (one: FailedHandshake) => void told.emit('failed', one);
  const port = await open({ ...withTls(), onFailedHandshake, ...options });
  return { port, told, failed: once(told, 'failed') };
}

/** Connections are accepted in their order: one that came before has been accepted too. */
async function served(port: OpenPort): Promise<void> {
  const socket = await plainTo(port);
  socket.write('x');
  await received(socket, 7);
}

const CLOSED = 'the client closed during the handshake: it may not trust the certificate';

test('a client that does not trust the certificate is told of as one that closed, with its address', async () => {
  const { port, failed } = await openTelling();
  const distrusting: ConnectionOptions = { rejectUnauthorized: true, minVersion: 'TLSv1.3' };
  await expect(secureTo(port, distrusting)).rejects.toThrow('self-signed certificate');
  expect(await failed).toEqual([{ reason: CLOSED, sourceIp: HOST }]);
});

test('a client that ends amid its handshake is told of with its address', async () => {
  const { port, failed } = await openTelling();
  (await plainTo(port)).end(TLS_HANDSHAKE_BEGUN);
  expect(await failed).toEqual([{ reason: CLOSED, sourceIp: HOST }]);
});

test('a client that is gone before its first bytes are read is told of with its address', async () => {
  const { port, failed } = await openTelling();
  const gone = await plainTo(port);
  await served(port);
  gone.write(Buffer.concat([TLS_HANDSHAKE_BEGUN, Buffer.alloc(1000, 0xaa)]));
  gone.resetAndDestroy();
  expect(await failed).toEqual([{ reason: expect.stringMatching(/./), sourceIp: HOST }]);
});

// macOS has no loopback address but one.
test.skipIf(process.platform === 'darwin')(
  'clients that fail together are told of each with its own address',
  async () => {
    const { port, told } = await openTelling();
    const failures = on(told, 'failed');
    const place = { port: port.port, host: HOST };
    const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
    const sockets = addresses.map((localAddress) => connect({ ...place, localAddress }));
    await Promise.all(sockets.map((socket) => connected(socket, 'connect')));
    for (const socket of sockets) socket.end(TLS_HANDSHAKE_BEGUN);
    const sourceIps: string[] = [];
    for (const _ of addresses) sourceIps.push((await failures.next()).value[0].sourceIp);
    expect(sourceIps.sort()).toEqual(addresses);
  },
);

test('a handshake that takes too long is told of as such', async () => {
  const { port, failed } = await openTelling({ openingTimeoutMs: 50 });
  (await plainTo(port)).write(TLS_HANDSHAKE_BEGUN);
  expect(await failed).toEqual([{ reason: 'TLS handshake timeout', sourceIp: HOST }]);
});

test('a handshake that stop cuts off is not told of: the client did nothing wrong', async () => {
  const failed: unknown[] = [];
  const port = await open({ ...withTls(), onFailedHandshake: (one) => failed.push(one) });
  const half = await plainTo(port);
  half.write(TLS_HANDSHAKE_BEGUN);
  await served(port);
  await port.stop();
  await closed(half);
  await setImmediate();
  expect(failed).toEqual([]);
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half a handshake', TLS_HANDSHAKE_BEGUN],
])('a client that says %s is given up after a while', async (_, bytes) => {
  const port = await open({ ...withTls(), openingTimeoutMs: 50 });
  const socket = await plainTo(port);
  socket.write(bytes);
  await closed(socket);
});

test('a client that has said something may be silent for as long as it likes', async () => {
  const port = await open({ ...withTls(), openingTimeoutMs: 50 });
  const [early, late] = [await plainTo(port), await plainTo(port)];
  early.write('1');
  expect(await received(early, 7)).toBe('plain 1');
  await closed(late);
  early.write('2');
  expect(await received(early, 1)).toBe('2');
});

test('stop drops the silent at once, and the others after the time that they were given', async () => {
  const port = await open();
  const [silent, open1] = [await plainTo(port), await plainTo(port)];
  open1.write('hello');
  await received(open1, 11);
  const stopping = port.stop(600_000);
  await closed(silent);
  open1.write('more');
  expect(await received(open1, 4)).toBe('more');
  open1.end();
  await stopping;
  await expect(plainTo(port)).rejects.toThrow('ECONNREFUSED');
});

test('stop without a time drops everyone', async () => {
  const port = await open(withTls());
  const [plain, half, secure] = [await plainTo(port), await plainTo(port), await secureTo(port)];
  plain.write('hello');
  half.write(TLS_HANDSHAKE_BEGUN);
  await received(plain, 11);
  const gone = [plain, half, secure].map((socket) => closed(socket));
  await port.stop();
  await Promise.all(gone);
});

test('a port that is taken, and a certificate that cannot be read, are refused with the variables', async () => {
  const { port } = await open();
  await expect(open({ port })).rejects.toThrow(/EADDRINUSE.*; see MOORING_TEST_PORT$/);
  const nowhere = { certPath: '/nowhere/cert.pem', keyPath: '/nowhere/key.pem' };
  await expect(open({ tls: nowhere })).rejects.toThrow(
    /ENOENT.*; see MOORING_TLS_CERT and MOORING_TLS_KEY$/,
  );
});
