import { expect, test } from 'vitest';
import { startDeviceStack } from '../support/device-stack.ts';
import { base64 } from '../support/pop-core.ts';
import { connectSigned } from '../support/signed-client.ts';

test('metrics tell of connections, sign-ins and messages of the broker', async () => {
  const stack = await startDeviceStack();
  try {
    const identity = await stack.newDevice('measured');
    const topic = `/${identity.productKey}/measured/user/get`;
    const wrong = connectSigned(stack, { ...identity, deviceSecret: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: 4 });
    const client = await connectSigned(stack, identity);
    await client.subscribeAsync(topic);
    await client.publishAsync(topic, 'up', { qos: 1 });
    await stack.call('Pub', {
      ProductKey: identity.productKey,
      TopicFullName: topic,
      MessageContent: base64('down'),
    });
    const metrics = await (await fetch(`${stack.endpoints['http']}/metrics`)).text();
    for (const line of [
      'mooring_mqtt_connections 1',
      'mooring_mqtt_sign_ins_total{outcome="success"} 1',
      'mooring_mqtt_sign_ins_total{outcome="signature-mismatch"} 1',
      'mooring_mqtt_messages_total{direction="up",outcome="taken"} 1',
      'mooring_mqtt_messages_total{direction="down",outcome="sent"} 1',
    ]) {
      expect(metrics.split('\n')).toContain(line);
    }
  } finally {
    await stack.stop();
  }
});
