import { expect, test } from 'vitest';
import { type Reacting, reactTo } from '../../../../../infra/cli/device/react.ts';

const device = { productKey: 'a1TestProd01', deviceName: 'dev_001' };
const SYS = '/sys/a1TestProd01/dev_001';

function react(topic: string, payload: string, answers: Record<string, string> = {}) {
  const reacting: Reacting = {
    device,
    answers: new Map(Object.entries(answers)),
    newId: () => '7',
  };
  return reactTo({ topic, payload: Buffer.from(payload) }, reacting);
}

const request = (method: string, params: unknown) =>
  JSON.stringify({ id: '1|a', version: '1.0.0', method, params });

test('a property set is answered, and what was set is posted', () => {
  const set = request('thing.service.property.set', { LightSwitch: 1 });
  expect(react(`${SYS}/thing/service/property/set`, set)).toEqual([
    {
      topic: `${SYS}/thing/service/property/set_reply`,
      payload: '{"id":"1|a","code":200,"data":{}}',
    },
    {
      topic: `${SYS}/thing/event/property/post`,
      payload:
        '{"id":"7","version":"1.0","params":{"LightSwitch":1},"method":"thing.event.property.post"}',
    },
  ]);
});

test('a service is answered with what was said for it, as is one that comes by RRPC', () => {
  const call = request('thing.service.Reset', { delay: 1 });
  const answers = { Reset: '{"done":1}' };
  const payload = '{"id":"1|a","code":200,"data":{"done":1}}';
  expect(react(`${SYS}/thing/service/Reset`, call, answers)).toEqual([
    { topic: `${SYS}/thing/service/Reset_reply`, payload },
  ]);
  expect(react(`${SYS}/rrpc/request/42`, call, answers)).toEqual([
    { topic: `${SYS}/rrpc/response/42`, payload },
  ]);
});

test('an RRPC of any other content is answered with text', () => {
  expect(react(`${SYS}/rrpc/request/42`, 'hello')).toEqual([
    { topic: `${SYS}/rrpc/response/42`, payload: '{}' },
  ]);
  expect(react(`${SYS}/rrpc/request/42`, 'hello', { rrpc: 'pong' })).toEqual([
    { topic: `${SYS}/rrpc/response/42`, payload: 'pong' },
  ]);
});

test('a custom RRPC is answered on its own topic, whether the device is in it or not', () => {
  const answers = { '/charging/cmd': 'on', rrpc: 'pong' };
  for (const [path, payload] of [
    ['/charging/cmd', 'on'],
    ['/a1TestProd01/dev_001/user/get', 'pong'],
  ]) {
    const topic = `/ext/rrpc/42${path}`;
    expect(react(topic, 'hello', answers)).toEqual([{ topic, payload }]);
  }
});

test.each([
  ['a reply', `${SYS}/thing/event/property/post_reply`, request('thing.event.property.post', {})],
  ['its own post', `${SYS}/thing/event/property/post`, request('thing.event.property.post', {})],
  ['a broadcast', '/broadcast/a1TestProd01/news', 'hello'],
  ['a shadow', '/shadow/get/a1TestProd01/dev_001', '{"method":"control"}'],
  ['a custom topic', '/a1TestProd01/dev_001/user/get', request('thing.service.Reset', {})],
  ['no request', `${SYS}/thing/service/Reset`, 'hello'],
  ['a request without an id', `${SYS}/thing/service/Reset`, '{"method":"thing.service.Reset"}'],
])('%s is not answered', (_, topic, payload) => {
  expect(react(topic, payload)).toEqual([]);
});
