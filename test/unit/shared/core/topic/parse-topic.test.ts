import { describe, expect, test } from 'vitest';
import { parseFilter, parseTopic } from '../../../../../shared/core/topic/parse-topic.ts';

const device = { productKey: 'a1TestProd01', deviceName: 'dev_001' };

describe('parseTopic', () => {
  const known = [
    ['/a1TestProd01/dev_001/user/get', { family: 'custom', ...device, suffix: 'user/get' }],
    ['/a1TestProd01/dev_001/update', { family: 'custom', ...device, suffix: 'update' }],
    [
      '/sys/a1TestProd01/dev_001/thing/event/property/history/post',
      { family: 'sys', ...device, suffix: 'thing/event/property/history/post' },
    ],
    ['/ota/device/inform/a1TestProd01/dev_001', { family: 'ota', ...device, action: 'inform' }],
    ['/shadow/update/a1TestProd01/dev_001', { family: 'shadow', ...device, action: 'update' }],
    [
      '/ext/session/a1TestProd01/dev_001/combine/login',
      { family: 'session', ...device, suffix: 'combine/login' },
    ],
    ['/ext/ntp/a1TestProd01/dev_001/request', { family: 'ntp', ...device, suffix: 'request' }],
    ['/ext/error/a1TestProd01/dev_001', { family: 'error', ...device, suffix: '' }],
    [
      '/ext/rrpc/8911/a1TestProd01/dev_001/user/ask',
      { family: 'rrpc', messageId: '8911', ...device, suffix: 'user/ask' },
    ],
    [
      '/ext/rrpc/8911/charging/cmd',
      {
        family: 'rrpc',
        messageId: '8911',
        productKey: '',
        deviceName: '',
        suffix: 'charging/cmd',
      },
    ],
    [
      '/broadcast/a1TestProd01/news/1',
      { family: 'broadcast', productKey: 'a1TestProd01', suffix: 'news/1' },
    ],
    ['/as/mqtt/status/a1TestProd01/dev_001', { family: 'status', ...device }],
  ] as const;
  for (const [topic, parsed] of known) {
    test(`reads ${topic}`, () => {
      expect(parseTopic(topic)).toEqual({ ok: true, value: parsed });
    });
  }

  const refused = [
    ['a1TestProd01/dev_001/user/get', 'a topic starts with a slash'],
    ['', 'a topic starts with a slash'],
    ['/', 'a level is empty'],
    ['/a1TestProd01//user/get', 'a level is empty'],
    ['/a1TestProd01/dev_001/user/get/', 'a level is empty'],
    ['/a1TestProd01/dev_001/user/\0', 'a topic has no U+0000'],
    ['/a1TestProd01/dev_001/user/+', 'a topic to publish to has no wildcards'],
    ['/a1TestProd01/dev_001/user/#', 'a topic to publish to has no wildcards'],
    ['/a1TestProd01/dev_001', 'there is no such topic'],
    ['/sys/a1TestProd01/dev_001', 'there is no such topic'],
    ['/ota/device/inform/a1TestProd01', 'there is no such topic'],
    ['/ota/cloud/inform/a1TestProd01/dev_001', 'there is no such topic'],
    ['/ota/device/inform/a1TestProd01/dev_001/x', 'there is no such topic'],
    ['/shadow/update/a1TestProd01/dev_001/x', 'there is no such topic'],
    ['/ext/register', 'there is no such topic'],
    ['/ext/error/a1TestProd01/dev_001/x', 'there is no such topic'],
    ['/ext/rrpc/8911', 'there is no such topic'],
    ['/broadcast/a1TestProd01', 'there is no such topic'],
    ['/as/http/status/a1TestProd01/dev_001', 'there is no such topic'],
    ['/a1TestProd01/dev_001/user/4/5/6/7/8', 'a topic has at most 7 levels'],
    ['/broadcast/a1TestProd01/3/4/5/6/7/8', 'a topic has at most 7 levels'],
  ] as const;
  for (const [topic, reason] of refused) {
    test(`refuses ${JSON.stringify(topic)}: ${reason}`, () => {
      expect(parseTopic(topic)).toEqual({
        ok: false,
        failure: { kind: 'topic-refused', topic, reason },
      });
    });
  }

  test('counts bytes of UTF-8, not characters', () => {
    const stem = '/a1TestProd01/dev_001/user/';
    const fitting = stem + 'x'.repeat(128 - stem.length);
    expect(parseTopic(fitting).ok).toBe(true);
    const tooLong = stem + '温'.repeat(34);
    expect(parseTopic(tooLong)).toMatchObject({
      failure: { kind: 'topic-refused', topic: tooLong, reason: 'a topic has at most 128 bytes' },
    });
  });

  test('cuts a refused topic to 128 characters', () => {
    const { failure } = { failure: undefined, ...parseTopic(`/${'x'.repeat(100_000)}`) };
    expect(failure).toMatchObject({ topic: `/${'x'.repeat(127)}` });
  });
});

describe('parseFilter', () => {
  test('reads wildcards as whole levels', () => {
    expect(parseFilter('/sys/a1TestProd01/dev_001/thing/service/+/#')).toEqual({
      ok: true,
      value: { family: 'sys', ...device, suffix: 'thing/service/+/#' },
    });
  });

  const refused = [
    ['/a1TestProd01/dev_001/user/a+', 'a wildcard is a whole level'],
    ['/a1TestProd01/dev_001/user/a#', 'a wildcard is a whole level'],
    ['/a1TestProd01/dev_001/#/user', '# comes last'],
    ['#', 'a topic starts with a slash'],
    ['$share/group/a1TestProd01/dev_001/user/get', 'a topic starts with a slash'],
  ] as const;
  for (const [filter, reason] of refused) {
    test(`refuses ${filter}: ${reason}`, () => {
      expect(parseFilter(filter)).toMatchObject({ failure: { kind: 'topic-refused', reason } });
    });
  }
});
