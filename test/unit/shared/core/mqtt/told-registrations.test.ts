import { describe, expect, test } from 'vitest';
import type { MessageBus } from '../../../../../shared/ports/message-bus.ts';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import {
  automaticConnect,
  type Credentials,
  type MqttSignIn,
  openMqttSignIn,
  registeringConnect,
} from '../../../../support/mqtt-sign-in.ts';
import { accepted } from '../../../../support/test-device.ts';

type Way = readonly [name: string, credentials: (suite: MqttSignIn) => Credentials];

const WAYS: readonly Way[] = [
  [
    'securemode=-2',
    ({ productKey, productSecret }) =>
      automaticConnect({ productKey, deviceName: 'self-made' }, productSecret),
  ],
  [
    'regnwl',
    ({ productKey, productSecret }) =>
      registeringConnect({ productKey, deviceName: 'self-made' }, productSecret, {
        authType: 'regnwl',
      }),
  ],
];

async function open(bus?: MessageBus): Promise<MqttSignIn> {
  const parts = createMemoryParts();
  const suite = await openMqttSignIn({ parts: bus ? { ...parts, bus } : parts });
  await suite.switchTo({ dynamicRegistration: true, autoRegistration: true });
  return suite;
}

describe.each(WAYS)('a device that %s makes', (_, credentials) => {
  test('is told of once, with its secret', async () => {
    const suite = await open();
    accepted(await suite.connect(credentials(suite)));
    accepted(await suite.connect(credentials(suite)));
    const messages = await drainBus(suite.parts.bus);
    const record = await suite.stored('self-made');
    expect(messages).toMatchObject([
      { kind: 'lifecycle', transport: 'mqtt', iotId: record?.iotId, deviceName: 'self-made' },
    ]);
    expect(messages.map(jsonBodyOf)).toMatchObject([
      { action: 'create', deviceSecret: record?.sealedSecret },
    ]);
    expect(record).not.toHaveProperty('untold');
  });

  test('is let in only when the bus has been told, by a later try if need be', async () => {
    const { bus } = createMemoryParts();
    let isGone = true;
    const failing: MessageBus = {
      ...bus,
      publish: (message) =>
        isGone ? Promise.reject(new Error('the bus is gone')) : bus.publish(message),
    };
    const suite = await open(failing);
    await expect(suite.connect(credentials(suite))).rejects.toThrow('the bus is gone');
    isGone = false;
    accepted(await suite.connect(credentials(suite)));
    expect((await drainBus(bus)).map(jsonBodyOf)).toMatchObject([{ action: 'create' }]);
  });
});

test('nothing is told of a device that was there and registers', async () => {
  const suite = await open();
  const { productKey, productSecret, device } = suite;
  const { deviceName } = device;
  accepted(await suite.connect(registeringConnect({ productKey, deviceName }, productSecret)));
  expect(await drainBus(suite.parts.bus)).toEqual([]);
});
