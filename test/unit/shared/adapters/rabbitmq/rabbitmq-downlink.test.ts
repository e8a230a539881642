import { expect, test } from 'vitest';
import { createRabbitmqDownlink } from '../../../../../shared/adapters/rabbitmq/rabbitmq-downlink.ts';
import { captureLog } from '../../../../support/captured-log.ts';

test('a topic with a "." in a level is refused before anything is sent', async () => {
  const downlink = createRabbitmqDownlink({ url: 'amqp://127.0.0.1:1', log: captureLog() });
  const topic = '/pk/dn.x/user/get';
  const names = { productKey: 'pk', deviceName: 'dn.x' };
  const message = { ...names, topic, payload: Buffer.of(), qos: 0 } as const;
  const refused = `RabbitMQ cannot carry the topic ${topic}: a level has a "." in it`;
  await expect(downlink.publish(message)).rejects.toThrow(refused);
  await expect(downlink.broadcast(message)).rejects.toThrow(refused);
  await downlink.close();
});
