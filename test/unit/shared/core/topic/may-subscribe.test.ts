import { describe, expect, test } from 'vitest';
import { maySubscribe } from '../../../../../shared/core/topic/may-subscribe.ts';

const device = { productKey: 'a1TestProd01', deviceName: 'dev_001' };
const own = '/sys/a1TestProd01/dev_001';
const foreign = 'not a topic of this device';
const oneWay = 'devices do not subscribe to it';

describe('maySubscribe', () => {
  const allowed = [
    '/a1TestProd01/dev_001/user/get',
    '/a1TestProd01/dev_001/user/#',
    '/a1TestProd01/dev_001/#',
    `${own}/thing/service/property/set`,
    `${own}/thing/service/+`,
    `${own}/thing/config/push_reply`,
    `${own}/thing/event/+/post_reply`,
    `${own}/thing/event/property/post_reply`,
    `${own}/#`,
    `${own}/rrpc/request/+`,
    '/ota/device/upgrade/a1TestProd01/dev_001',
    '/ota/device/request/a1TestProd01/dev_001',
    '/ota/device/+/a1TestProd01/dev_001',
    '/shadow/get/a1TestProd01/dev_001',
    '/ext/session/a1TestProd01/dev_001/combine/login_reply',
    '/ext/ntp/a1TestProd01/dev_001/response',
    '/ext/error/a1TestProd01/dev_001',
    '/ext/rrpc/+/a1TestProd01/dev_001/user/#',
    '/ext/rrpc/+',
    '/broadcast/a1TestProd01/#',
  ];
  for (const filter of allowed) {
    test(`lets a device subscribe to ${filter}`, () => {
      expect(maySubscribe(filter, device).ok).toBe(true);
    });
  }

  const refused = [
    ['/#', 'there is no such topic'],
    ['/+/+/+', foreign],
    ['/a1TestProd01/+/user/get', foreign],
    ['/a1TestProd01/#', 'there is no such topic'],
    ['/sys/+/dev_001/#', foreign],
    ['/sys/a1TestProd01/+/thing/service/property/set', foreign],
    ['/sys/#', 'there is no such topic'],
    ['/ota/device/#', 'there is no such topic'],
    ['/ota/device/upgrade/a1TestProd01/+', foreign],
    ['/shadow/get/+/dev_001', foreign],
    ['/ext/#', 'there is no such topic'],
    ['/ext/rrpc/#', 'there is no such topic'],
    ['/ext/rrpc/+/+/+/user/get', foreign],
    ['/ext/regnwl', 'there is no such topic'],
    ['/broadcast/+/news', foreign],
    ['/broadcast/#', 'there is no such topic'],
    ['/as/mqtt/status/a1TestProd01/dev_001', oneWay],
    [`${own}/thing/event/property/post`, oneWay],
    ['/ota/device/inform/a1TestProd01/dev_001', oneWay],
    ['/shadow/update/a1TestProd01/dev_001', oneWay],
  ] as const;
  for (const [filter, reason] of refused) {
    test(`does not let a device subscribe to ${filter}: ${reason}`, () => {
      expect(maySubscribe(filter, device)).toEqual({
        ok: false,
        failure: { kind: 'topic-refused', topic: filter, reason },
      });
    });
  }
});
