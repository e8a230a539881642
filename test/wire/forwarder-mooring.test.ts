import { expect, onTestFinished, test, vi } from 'vitest';
import { startForwarderProcess } from '../support/forwarder-process.ts';
import { startFunctionEndpoint } from '../support/function-endpoint.ts';
import { signInOverHttp } from '../support/http-poster.ts';
import { startTestStack } from '../support/test-stack.ts';

test("what a device posts goes through Mooring's own consumer group to a function, once", async () => {
  const stack = await startTestStack();
  onTestFinished(stack.stop);
  const endpoint = await startFunctionEndpoint();
  onTestFinished(endpoint.stop);
  const { productKey, deviceName, accessKeyId, accessKeySecret } = stack.demo;
  const topic = `/${productKey}/${deviceName}/user/update`;
  const rule = { name: 'in', topicFilter: '/+/+/user/#', productKey, target: endpoint.endpoint };
  const forwarder = await startForwarderProcess({
    port: Number(new URL(stack.endpoints['amqp'] ?? '').port),
    rules: [{ ...rule, batchWaitMs: 50, order: 'device' }],
    env: {
      MOORING_FORWARDER_ACCESS_KEY_ID: accessKeyId,
      MOORING_FORWARDER_ACCESS_KEY_SECRET: accessKeySecret,
      MOORING_FORWARDER_GROUP: 'DEFAULT_GROUP',
    },
  });
  const post = await signInOverHttp(stack);
  const messageIds: unknown[] = [];
  for (let count = 0; count < 20; count += 1) {
    messageIds.push((await post(topic, `{"n":${count}}`)).messageId);
  }
  const items = () => endpoint.calls.flatMap(({ body }) => JSON.parse(String(body)).messages);
  await vi.waitFor(() => expect(items()).toHaveLength(20), 5000);
  expect(items().map((item) => item.messageId)).toEqual(messageIds);
  expect(items()[0]).toMatchObject({
    topic,
    productKey,
    deviceName,
    body: '{"n":0}',
    isDuplicate: false,
  });
  await vi.waitFor(async () => {
    const metrics = await (await fetch(`${forwarder.url}/metrics`)).text();
    expect(metrics).toContain('{rule="in",outcome="accepted"} 20');
  });
  forwarder.signal('SIGTERM');
  expect(await forwarder.ended).toBe(0);
});
