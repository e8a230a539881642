import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceProgram, startDevice } from '../support/device-program.ts';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { credentials } from '../support/signed-client.ts';

/** As MQTT 5 says it. */
const UNSUPPORTED_VERSION = 0x84;
const PYTHON = '/usr/bin/python3';
const hasPaho = spawnSync(PYTHON, ['-c', 'import paho.mqtt.client']).status === 0;

describe.skipIf(!hasPaho)('paho (Debian package python3-paho-mqtt)', () => {
  let stack: DeviceStack;
  beforeAll(async () => {
    stack = await startDeviceStack();
  });
  afterAll(() => stack.stop());

  function start(identity: Identity, transport: string, protocol: string): DeviceProgram {
    const endpoint = stack.endpoints[transport === 'tcp' ? 'mqtt' : 'ws'] ?? '';
    const { hostname, port } = new URL(endpoint);
    return startDevice({
      interpreter: PYTHON,
      program: join(import.meta.dirname, 'paho-device.py'),
      settings: {
        ...credentials(identity, 'paho'),
        host: hostname,
        port: Number(port),
        transport,
        protocol,
      },
    });
  }

  test.each([
    ['tcp', '3.1.1'],
    ['tcp', '3.1'],
    ['websockets', '3.1.1'],
    ['websockets', '3.1'],
  ])('over %s and MQTT %s it posts with QoS 1 and is set', async (transport, protocol) => {
    const identity = await stack.newDevice(`${transport}-${protocol}`);
    const { productKey, deviceName } = identity;
    const device = start(identity, transport, protocol);
    expect(await device.next('connack')).toBe(0);

    const prefix = `/sys/${productKey}/${deviceName}/thing`;
    const set = `${prefix}/service/property/set`;
    device.tell('subscribe', set, 1);
    expect(await device.next('suback')).toEqual([1]);
    const request = JSON.stringify({ id: '1', params: { temperature: 21 }, version: '1.0' });
    device.tell('publish', `${prefix}/event/property/post`, request, 1);
    await device.next('puback');

    const reference = { ProductKey: productKey, DeviceName: deviceName };
    await stack.call('SetDeviceProperty', { ...reference, Items: '{"LightSwitch":1}' });
    const { topic, text } = await device.next<{ topic: string; text: string }>('message');
    expect(topic).toBe(set);
    expect(JSON.parse(text)).toMatchObject({ params: { LightSwitch: 1 } });
  });

  test.each(['tcp', 'websockets'])('over %s and MQTT 5 it is refused', async (transport) => {
    const device = start(await stack.newDevice(`five-${transport}`), transport, '5');
    expect(await device.next('connack')).toBe(UNSUPPORTED_VERSION);
  });

  test('is refused with a wrong secret by return code 4', async () => {
    const identity = await stack.newDevice('stranger');
    const device = start({ ...identity, deviceSecret: 'guess' }, 'tcp', '3.1.1');
    expect(await device.next('connack')).toBe(4);
  });
});
