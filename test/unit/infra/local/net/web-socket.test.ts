import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import type { OpenPort } from '../../../../../infra/local/net/tls-or-plain.ts';
import {
  openWebSocketPort,
  type WebSocketPortOptions,
} from '../../../../../infra/local/net/web-socket.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';
import { writeRsaCertificate } from './rsa-certificate.ts';

const HOST = '127.0.0.1';
const LARGEST_MESSAGE_BYTES = (256 + 16) * 1024;

type Arrival = Parameters<WebSocketPortOptions['onConnection']>[1];
type TestPort = OpenPort & { arrivals: { stream: Duplex; arrival: Arrival }[] };

/** Sends back what comes. */
async function open(): Promise<TestPort> {
  const arrivals: TestPort['arrivals'] = [];
  const port = await openWebSocketPort({
    host: HOST,
    port: 0,
    tls: writeRsaCertificate(tempFolder()),
    variables: 'MOORING_TEST_PORT',
    onConnection: (stream, arrival) => {
      arrivals.push({ stream, arrival });
      stream.on('readable', () => {
        const chunk: Buffer | null = stream.read();
        if (chunk) stream.write(chunk);
      });
    },
  });
  onTestFinished(() => port.stop().catch(() => undefined));
  return { ...port, arrivals };
}

type Asked = {
  scheme?: 'ws' | 'wss';
  path?: string;
  protocols?: string[];
  options?: ClientOptions;
};

async function join({ port }: OpenPort, asked: Asked = {}): Promise<WebSocket> {
  const { scheme = 'ws', path = '/mqtt', protocols = ['mqtt'], options } = asked;
  const url = `${scheme}://${HOST}:${port}${path}`;
  const client = new WebSocket(url, protocols, { rejectUnauthorized: false, ...options });
  client.on('error', () => undefined);
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  return client;
}

/** However it ends: it may have been reset. */
function closed(stream: Duplex | undefined): Promise<void> {
  return new Promise((resolve) => stream?.once('close', () => resolve()));
}

async function echoOf(client: WebSocket, message: Buffer): Promise<Buffer> {
  client.send(message);
  const [answer] = await once(client, 'message');
  return answer;
}

test.each(['ws', 'wss'] as const)('%s is served, and told who comes', async (scheme) => {
  const port = await open();
  const client = await join(port, { scheme });
  expect(await echoOf(client, Buffer.from('hello'))).toEqual(Buffer.from('hello'));
  const isTls = scheme === 'wss';
  expect(port.arrivals.map(({ arrival }) => arrival)).toEqual([{ isTls, remoteAddress: HOST }]);
});

test.each(['/', '/mqtt', '/any/other?path=1'])('the path %s is served', async (path) => {
  const client = await join(await open(), { path });
  expect(await echoOf(client, Buffer.from([0xc0, 0]))).toEqual(Buffer.from([0xc0, 0]));
});

test.each([
  [['mqtt'], 'mqtt'],
  [['mqttv3.1'], 'mqttv3.1'],
  [['mqttv3.1', 'mqtt'], 'mqtt'],
  [[], ''],
])('of the protocols %j it chooses %j', async (protocols, chosen) => {
  expect((await join(await open(), { protocols })).protocol).toBe(chosen);
});

test('what is written in one go arrives as one message', async () => {
  const port = await open();
  const client = await join(port);
  const [first] = port.arrivals;
  first?.stream.cork();
  for (const piece of ['a', 'bc', 'd']) first?.stream.write(piece);
  first?.stream.uncork();
  expect(await once(client, 'message')).toEqual([Buffer.from('abcd'), true]);
});

test('a message of 272 KB passes, one byte more ends its connection, and the port goes on', async () => {
  const port = await open();
  const client = await join(port);
  const largest = Buffer.alloc(LARGEST_MESSAGE_BYTES, 1);
  client.send(largest);
  let echoed = 0;
  while (echoed < largest.length) echoed += (await once(client, 'message'))[0].length;
  expect(echoed).toBe(largest.length);
  client.send(Buffer.alloc(LARGEST_MESSAGE_BYTES + 1));
  expect(await once(client, 'close')).toEqual([1009, expect.anything()]);
  expect(await echoOf(await join(port), Buffer.from('x'))).toEqual(Buffer.from('x'));
});

test('the end of a client is the end of its stream, and the other way round', async () => {
  const port = await open();
  const leaving = await join(port);
  const left = closed(port.arrivals[0]?.stream);
  leaving.terminate();
  await left;
  const dropped = await join(port);
  port.arrivals[1]?.stream.destroy();
  await once(dropped, 'close');
});

test('what a client sent before it left is read to its end', async () => {
  const port = await open();
  const client = await join(port);
  const stream = port.arrivals[0]?.stream;
  stream?.removeAllListeners('readable');
  client.send('one');
  client.close();
  await once(client, 'close');
  const left = closed(stream);
  expect(String(stream?.read())).toBe('one');
  stream?.resume();
  await left;
});

test('frames that break the protocol end their connection alone', async () => {
  const port = await open();
  const good = await join(port);
  const bad = await join(port);
  const socket = Reflect.get(bad, '_socket');
  socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  await once(bad, 'close');
  expect(await echoOf(good, Buffer.from('x'))).toEqual(Buffer.from('x'));
});

test('anything but WebSocket gets 426 or 400, and its connection is closed', async () => {
  const { port } = await open();
  const reply = await fetch(`http://${HOST}:${port}/mqtt`);
  expect([reply.status, reply.headers.get('upgrade')]).toEqual([426, 'websocket']);
  const socket = connect(port, HOST);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
});

test('stop drops every client', async () => {
  const port = await open();
  const [client, half] = [await join(port), connect(port.port, HOST).on('error', () => undefined)];
  await once(half, 'connect');
  half.write('GET / HTTP/1.1\r\n');
  const gone = [once(client, 'close'), closed(half.resume())];
  await port.stop();
  await Promise.all(gone);
});
