import { execFile, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signInOverHttp } from '../support/http-poster.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PYTHON = '/usr/bin/python3';
const hasProton = spawnSync(PYTHON, ['-c', 'import proton']).status === 0;
const TIMESTAMP = '1573489088171';

type Received = {
  topic: string;
  messageId: string;
  generateTime: number;
  id: string;
  bodyType: string;
  body: string;
};

describe.skipIf(!hasProton)('python3-qpid-proton', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
  });
  afterAll(() => stack.stop());

  /** Resolves with what the consumer has printed when it has had `count` messages. */
  async function consume(count: number, ...more: string[]): Promise<Received[]> {
    const { accessKeyId, accessKeySecret } = stack.demo;
    const username = `py|authMode=aksign,signMethod=hmacsha256,timestamp=${TIMESTAMP},authId=${accessKeyId},consumerGroupId=DEFAULT_GROUP|`;
    const password = createHmac('sha256', accessKeySecret)
      .update(`authId=${accessKeyId}&timestamp=${TIMESTAMP}`)
      .digest('base64');
    const url = stack.endpoints['amqp'] ?? '';
    const args = ['test/services/proton-consumer.py', url, username, password, `${count}`, ...more];
    const { stdout } = await promisify(execFile)(PYTHON, args, { timeout: 30_000 });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  test('gets what a device posts, with the exact body', async () => {
    const { productKey, deviceName } = stack.demo;
    const consuming = consume(2);
    const post = await signInOverHttp(stack);
    const topic = `/${productKey}/${deviceName}/user/update`;
    const { messageId } = await post(topic, 'level: 五');
    const event = await post(
      `/sys/${productKey}/${deviceName}/thing/event/Overheat/post`,
      '{"id":"2","version":"1.0","params":{"value":{"level":1}},"method":"thing.event.Overheat.post"}',
    );
    const received = (await consuming).toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1));
    expect(received[0]).toMatchObject({
      topic,
      messageId,
      id: messageId,
      bodyType: 'bytes',
      body: 'level: 五',
    });
    expect(received[1]?.messageId).toBe(event.messageId);
    expect(JSON.parse(received[1]?.body ?? '')).toMatchObject({
      identifier: 'Overheat',
      value: { level: 1 },
      requestId: '2',
    });
  });

  test('gets what waited for it, each once, at its own speed', async () => {
    const { productKey, deviceName } = stack.demo;
    const post = await signInOverHttp(stack);
    const posted: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      posted.push((await post(`/${productKey}/${deviceName}/user/update`, `${count}`)).messageId);
    }
    const received = await consume(20, 'slow');
    expect(received.map(({ messageId }) => messageId).toSorted()).toEqual(posted.toSorted());
  });
});
