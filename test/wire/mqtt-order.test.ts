import { expect, test } from 'vitest';
import { startDeviceStack } from '../support/device-stack.ts';
import { connectSigned } from '../support/signed-client.ts';

test('requests of a device are done in the order in which they come, without a wait between them', async () => {
  const stack = await startDeviceStack();
  try {
    const identity = await stack.newDevice('in-order');
    const { productKey, deviceName } = identity;
    const client = await connectSigned(stack, identity);
    const topic = `/sys/${productKey}/${deviceName}/thing/deviceinfo`;
    const replied: string[] = [];
    client.on('message', (_topic, payload) => replied.push(JSON.parse(`${payload}`).id));
    await client.subscribeAsync([`${topic}/update_reply`, `${topic}/delete_reply`]);
    const sent: string[] = [];
    for (let number = 0; number < 10; number += 1) {
      const params = [{ attrKey: `key${number}`, attrValue: 'there' }];
      for (const method of ['update', 'delete']) {
        const id = `${method}-${number}`;
        sent.push(id);
        client.publish(`${topic}/${method}`, JSON.stringify({ id, version: '1.0', params }));
      }
    }
    await expect.poll(() => replied).toEqual(sent);
    const device = { ProductKey: productKey, DeviceName: deviceName };
    expect(await stack.call('QueryDeviceProp', device)).toMatchObject({ Props: '{}' });
  } finally {
    await stack.stop();
  }
});
