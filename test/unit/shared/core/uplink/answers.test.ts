import { beforeEach, describe, expect, test } from 'vitest';
import { answerTopic } from '../../../../../shared/core/answers/answer-topic.ts';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { openUplink, type TestUplink } from '../../../../support/uplink.ts';

const LONG_MS = 60_000;

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
});

const expectAnswer = (topic: string) => uplink.parts.answers.expect(topic, LONG_MS);
const published = () => drainBus(uplink.parts.bus);

describe('an answer to a request of the cloud', () => {
  const SET_REPLY = 'thing/service/property/set_reply';
  const answer = { id: '1234', code: 200, data: { a: 1 }, message: 'success' };

  test('is not kept among the answers, for nobody waits for it', async () => {
    const offered: string[] = [];
    const answers = { offer: async (topic: string) => void offered.push(topic) };
    uplink = await openUplink({}, { answers });
    expect(await uplink.take(uplink.sys(SET_REPLY), answer)).toMatchObject({
      outcome: { ok: true },
    });
    expect(offered).toEqual([]);
  });

  test('goes out in the routed form, with the topic of the request', async () => {
    const { outcome } = await uplink.take(uplink.sys(SET_REPLY), answer);
    const [message, ...more] = await published();
    expect(more).toEqual([]);
    const { productKey, iotId } = uplink.device;
    expect(outcome).toEqual({ ok: true, value: message?.messageId });
    expect(message).toMatchObject({
      kind: 'reply',
      topic: `/${productKey}/dev_001/thing/downlink/reply/message`,
      transport: 'mqtt',
    });
    expect(message && jsonBodyOf(message)).toEqual({
      gmtCreate: START_MS,
      iotId,
      productKey,
      deviceName: 'dev_001',
      requestId: '1234',
      code: 200,
      message: 'success',
      topic: uplink.sys('thing/service/property/set'),
      data: { a: 1 },
    });
  });

  test.each([
    [
      { id: 7, code: '100001' },
      { requestId: '7', code: 100_001, message: '', data: {} },
    ],
    [{ id: '7' }, { requestId: '7', code: 200, message: 'success', data: {} }],
    [
      { code: 460, message: 'bad' },
      { requestId: '', code: 460, message: 'bad', data: {} },
    ],
  ])('may be as sloppy as %j', async (sent, routed) => {
    await uplink.take(uplink.sys('thing/service/Reset_reply'), sent);
    const [message] = await published();
    expect(message && jsonBodyOf(message)).toMatchObject(routed);
  });

  const deep = Buffer.from(`{"data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
  test.each([
    ['no JSON', Buffer.from('ok')],
    ['an array', Buffer.from('[]')],
    ['endless nesting', deep],
  ])('that is %s is refused', async (_, sent) => {
    const taken = await uplink.take(uplink.sys(SET_REPLY), sent);
    expect(taken).toMatchObject({
      outcome: { failure: { kind: 'malformed-request' } },
      replies: [],
    });
    expect(await published()).toEqual([]);
  });

  test('of raw data passes as it is', async () => {
    const topic = uplink.sys('thing/model/down_raw_reply');
    await uplink.take(topic, Buffer.from([1, 0, 255]));
    const [message, ...more] = await published();
    expect(more).toEqual([]);
    expect(message).toMatchObject({ kind: 'uplink', topic });
    expect([...(message?.body ?? [])]).toEqual([1, 0, 255]);
  });
});

describe('a response over RRPC', () => {
  const names = () => `${uplink.device.productKey}/dev_001`;
  const topics: [string, () => string][] = [
    ['of the system', () => uplink.sys('rrpc/response/8911')],
    ['of a custom topic', () => `/ext/rrpc/8911/${names()}/user/ask`],
    ['of a topic without the device', () => '/ext/rrpc/8911/charging/cmd'],
  ];
  test.each(topics)('%s reaches whoever waits, and nobody else', async (_, topicOf) => {
    const waiting = expectAnswer(answerTopic(topicOf(), uplink.device));
    const taken = await uplink.take(topicOf(), Buffer.from([0, 1]));
    expect([...((await waiting) ?? [])]).toEqual([0, 1]);
    expect(taken).toMatchObject({ outcome: { ok: true }, replies: [] });
    expect(await published()).toEqual([]);
  });

  test('does not answer for another device', async () => {
    const topic = '/ext/rrpc/8911/charging/cmd';
    const { productKey } = uplink.device;
    const foreign = { productKey, deviceName: 'dev_002' };
    const foreignTopic = `/ext/rrpc/8911/${productKey}/dev_002/user/ask`;
    const heard: string[] = [];
    for (const waitedFor of [answerTopic(topic, foreign), answerTopic(foreignTopic, foreign)]) {
      void expectAnswer(waitedFor).then(() => heard.push(waitedFor));
    }
    const own = expectAnswer(answerTopic(topic, uplink.device));
    await uplink.take(foreignTopic, { bizCode: 0 });
    await uplink.take(topic, { bizCode: 0 });
    await own;
    expect(heard).toEqual([]);
  });
});
