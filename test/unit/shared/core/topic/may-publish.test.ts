import { describe, expect, test } from 'vitest';
import { mayPublish } from '../../../../../shared/core/topic/may-publish.ts';

const device = { productKey: 'a1TestProd01', deviceName: 'dev_001' };
const own = '/sys/a1TestProd01/dev_001';
const foreign = 'not a topic of this device';
const oneWay = 'devices do not publish to it';

describe('mayPublish', () => {
  const allowed = [
    '/a1TestProd01/dev_001/user/update',
    '/a1TestProd01/dev_001/update/error',
    `${own}/thing/event/property/post`,
    `${own}/thing/event/property/pack/post`,
    `${own}/thing/event/Overheat/post`,
    `${own}/thing/event/mod1:Overheat/post`,
    `${own}/thing/deviceinfo/update`,
    `${own}/thing/model/up_raw`,
    `${own}/thing/model/down_raw_reply`,
    `${own}/thing/service/property/set_reply`,
    `${own}/thing/service/Reset_reply`,
    `${own}/thing/topo/add/notify_reply`,
    `${own}/thing/disable_reply`,
    `${own}/rrpc/response/8911`,
    '/ota/device/inform/a1TestProd01/dev_001',
    '/ota/device/progress/a1TestProd01/dev_001',
    '/ota/device/request/a1TestProd01/dev_001',
    '/shadow/update/a1TestProd01/dev_001',
    '/ext/session/a1TestProd01/dev_001/combine/batch_login',
    '/ext/ntp/a1TestProd01/dev_001/request',
    '/ext/rrpc/8911/a1TestProd01/dev_001/user/ask',
  ];
  for (const topic of allowed) {
    test(`lets a device publish to ${topic}`, () => {
      expect(mayPublish(topic, device)).toMatchObject({ ok: true, value: device });
    });
  }

  for (const topic of ['/ext/rrpc/8911/charging/cmd', '/ext/rrpc/8911/charging/cmd/start/now']) {
    test(`lets a device answer on ${topic}, which names no device`, () => {
      expect(mayPublish(topic, device)).toMatchObject({ ok: true, value: { family: 'rrpc' } });
    });
  }

  const refused = [
    ['/a1TestProd01/dev_002/user/update', foreign],
    ['/a1Other/dev_001/user/update', foreign],
    ['/sys/a1TestProd01/dev_002/thing/event/property/post', foreign],
    ['/sys/a1Other/dev_001/thing/event/property/post', foreign],
    ['/ota/device/inform/a1TestProd01/dev_002', foreign],
    ['/shadow/update/a1Other/dev_001', foreign],
    ['/ext/session/a1TestProd01/dev_002/combine/login', foreign],
    ['/ext/ntp/a1TestProd01/dev_002/request', foreign],
    ['/ext/rrpc/8911/a1TestProd01/dev_002/user/ask', foreign],
    [`${own}/thing/service/property/set`, oneWay],
    [`${own}/thing/event/property/post_reply`, oneWay],
    [`${own}/thing/event//post`, 'a level is empty'],
    [`${own}/thing/event/a/b/post`, oneWay],
    [`${own}/thing/service/a/b_reply`, oneWay],
    [`${own}/rrpc/request/8911`, oneWay],
    [`${own}/rrpc/response/8911/2`, oneWay],
    [`${own}/thing/unheard/of`, oneWay],
    ['/ota/device/upgrade/a1TestProd01/dev_001', oneWay],
    ['/shadow/get/a1TestProd01/dev_001', oneWay],
    ['/ext/session/a1TestProd01/dev_001/combine/login_reply', oneWay],
    ['/ext/ntp/a1TestProd01/dev_001/response', oneWay],
    ['/ext/error/a1TestProd01/dev_001', oneWay],
    ['/broadcast/a1TestProd01/news', oneWay],
    ['/as/mqtt/status/a1TestProd01/dev_001', oneWay],
  ] as const;
  for (const [topic, reason] of refused) {
    test(`does not let a device publish to ${topic}: ${reason}`, () => {
      expect(mayPublish(topic, device)).toEqual({
        ok: false,
        failure: { kind: 'topic-refused', topic, reason },
      });
    });
  }
});
