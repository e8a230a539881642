import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Message } from '../../shared/model/message.ts';
import { customTopic, properties, propertyPost } from '../support/device-topics.ts';
import { startMemoryBroker } from '../support/memory-broker.ts';
import { registeringConnect } from '../support/mqtt-sign-in.ts';
import { connectRaw, PINGREQ, PINGRESP, subscribePacket } from '../support/raw-connection.ts';
import { publishPacket } from '../support/raw-mqtt.ts';
import { connectSigned, credentials, grantsOf } from '../support/signed-client.ts';
import { registerTestDevice } from '../support/test-device.ts';

afterEach(() => {
  vi.useRealTimers();
});

const SECOND_MS = 1000;
const PUBACK_BYTES = 4;
const SUBACK_BYTES = 5;

describe('PUBACK', () => {
  test('is sent when the bus has the message, and not before', async () => {
    const gate = new EventEmitter();
    const bus = {
      publish: async ({ kind }: Message) => {
        if (kind === 'status') return;
        gate.emit('asked');
        await once(gate, 'letIn');
      },
    };
    const suite = await startMemoryBroker({ bus });
    const client = await connectSigned(suite, suite.device);
    const asked = once(gate, 'asked');
    let isAcknowledged = false;
    const topic = propertyPost(suite.device);
    const acknowledged = client
      .publishAsync(topic, properties({ temperature: 20 }), { qos: 1 })
      .then(() => {
        isAcknowledged = true;
      });
    await asked;
    // What the broker wrote before is here before the answer to another device.
    await connectSigned(
      suite,
      await registerTestDevice(suite.parts, { ...suite.device, deviceName: 'other' }),
    );
    expect(isAcknowledged).toBe(false);
    gate.emit('letIn');
    await acknowledged;
  });

  test.each([
    ['the bus does not take', { bus: { publish: () => Promise.reject(new Error('full')) } }],
    ['has no messageId', { newMessageId: () => Promise.reject(new Error('no clock')) }],
  ])('is not sent for what %s, and the connection goes on', async (_, fault) => {
    const suite = await startMemoryBroker(fault);
    const client = await connectSigned(suite, suite.device);
    let isAcknowledged = false;
    const topic = propertyPost(suite.device);
    client.publish(topic, properties({ temperature: 20 }), { qos: 1 }, (error) => {
      isAcknowledged = !error;
    });
    await expect
      .poll(() => suite.parts.log.lines.map(({ message }) => message))
      .toContainEqual(expect.stringMatching(/message refused|uplink failed/));
    expect(await grantsOf(client, [customTopic(suite.device, 'get')])).toEqual([1]);
    expect(isAcknowledged).toBe(false);
  });

  test('is sent for 30 messages of a second, and what comes behind is taken when that is over', async () => {
    const suite = await startMemoryBroker();
    const { socket, read } = await connectRaw(suite, credentials(suite.device));
    const topic = customTopic(suite.device, 'update');
    const packets = Array.from({ length: 40 }, (_, index) =>
      publishPacket({ topic, payload: 'x', messageId: index + 1 }),
    );
    socket.write(Buffer.concat(packets));
    await read(30 * PUBACK_BYTES);
    socket.write(PINGREQ);
    suite.parts.clock.advance(SECOND_MS);
    const late = await read(10 * PUBACK_BYTES + PINGRESP.length);
    expect(late.indexOf(PINGRESP)).toBeGreaterThan(0);
  });
});

test('a device that reads nothing is cut off', async () => {
  const suite = await startMemoryBroker();
  const { socket, read } = await connectRaw(suite, credentials(suite.device));
  const { productKey, deviceName } = suite.device;
  const topic = customTopic(suite.device, 'get');
  socket.write(subscribePacket(topic));
  await read(SUBACK_BYTES);
  socket.pause();
  const message = { productKey, deviceName, topic, payload: Buffer.alloc(256 * 1024) };
  const untilGone = () => {
    suite.parts.clock.advance(SECOND_MS);
    return suite.broker.downlink.publish({ ...message, qos: 0 });
  };
  await expect.poll(untilGone, { interval: 1, timeout: 10_000 }).toBe('offline');
});

test('a connection that registers ends after 15 s, or when it publishes', async () => {
  const suite = await startMemoryBroker();
  await suite.switchTo({ dynamicRegistration: true });
  const connectWith = (random: string) =>
    connectRaw(suite, registeringConnect(suite.device, suite.productSecret, { random }));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const silent = await connectWith('r1');
  await silent.read(1);
  const ended = once(silent.socket, 'close');
  vi.advanceTimersByTime(15 * SECOND_MS);
  await ended;
  // No time passes, so that only what it sends can end the next one.
  const talker = await connectWith('r2');
  await talker.read(1);
  const refused = once(talker.socket, 'close');
  const topic = propertyPost(suite.device);
  talker.socket.write(
    publishPacket({ topic, payload: properties({ temperature: 1 }), messageId: 1 }),
  );
  await refused;
});
