import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { generate, type ISubscribePacket, parser } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import type { DeviceEvent } from '../../infra/cli/device/journal.ts';
import { deviceLogin } from '../../infra/cli/device/login.ts';
import { runOne } from '../../infra/cli/device/one-device.ts';

/** A broker that answers the first CONNECT with the first of these codes, and so on, and cuts off at SUBSCRIBE. */
async function startBroker(codes: number[]): Promise<string> {
  const server = createServer((socket) => {
    const parsing = parser();
    socket.on('data', (chunk) => parsing.parse(chunk));
    socket.on('error', () => undefined);
    parsing.on('packet', (packet) => {
      if (packet.cmd === 'subscribe' && codes.length > 0) socket.destroy();
      else if (packet.cmd === 'subscribe') socket.write(subackTo(packet));
      if (packet.cmd !== 'connect') return;
      const returnCode = codes.shift() ?? 0;
      socket.write(generate({ cmd: 'connack', returnCode, sessionPresent: false }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function subackTo({ messageId = 0, subscriptions }: ISubscribePacket): Buffer {
  return generate({ cmd: 'suback', messageId, granted: subscriptions.map(() => 1) });
}

const NOTHING = {
  posts: [],
  events: [],
  messages: [],
  filters: [],
  getsShadow: false,
  answers: new Map(),
  qos: 1,
} as const;

test('a device that is refused when it comes back says why, and tries again', async () => {
  const url = await startBroker([0, 5, 3, 0]);
  const name = { productKey: 'a1Prod', deviceName: 'dev' };
  const told: DeviceEvent[] = [];
  let end: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    end = resolve;
  });
  const journal = (happened: DeviceEvent): void => {
    told.push(happened);
    if (told.filter(({ event }) => event === 'connected').length === 2) end();
  };
  const code = await runOne(
    {
      name,
      login: deviceLogin({ ...name, deviceSecret: 's' }, { isTls: false }),
      address: { url },
      keepsSession: false,
      script: NOTHING,
      journal,
      reconnectMs: 20,
    },
    { begin: () => undefined, reached, forget: () => undefined },
  );
  const failures = told.flatMap((happened) => (happened.event === 'failed' ? [happened.text] : []));
  expect(failures).toEqual([
    expect.stringContaining('(CONNACK 5): the device is disabled (mooring EnableThing'),
    expect.stringContaining('(CONNACK 3): not at the moment: five sign-ins a minute'),
  ]);
  expect(code).toBe(1);
});
