import { describe, expect, test } from 'vitest';
import { checkRule } from '../../../../../shared/core/forwarding/check-rule.ts';

const VALID = { name: 'all', topicFilter: '/+/+/user/#', target: 'fc3:report' };

describe('a rule', () => {
  test('has defaults for what it leaves out', () => {
    expect(checkRule(VALID)).toEqual({
      ok: true,
      value: {
        name: 'all',
        priority: 100,
        topicFilter: '/+/+/user/#',
        productKey: null,
        target: { kind: 'fc3', functionName: 'report', qualifier: null },
        payload: 'batch',
        batchSize: 100,
        batchWaitMs: 200,
        order: 'none',
      },
    });
  });

  test('that was stored is taken as it stands', () => {
    const stored = {
      name: 'r.1',
      priority: 0,
      topicFilter: '#',
      productKey: 'a1TestProd01',
      target: { kind: 'fc2', serviceName: 'iot', functionName: 'report', qualifier: 'prod' },
      payload: 'body',
      batchSize: 1,
      batchWaitMs: 0,
      order: 'device',
    };
    expect(checkRule(stored)).toEqual({ ok: true, value: stored });
  });

  test.each([
    [
      'fc2:iot/report',
      { kind: 'fc2', serviceName: 'iot', functionName: 'report', qualifier: null },
    ],
    ['lambda:report', { kind: 'lambda', functionName: 'report', qualifier: null }],
    [
      'lambda:arn:aws:lambda:eu-central-1:123456789012:function:report',
      {
        kind: 'lambda',
        functionName: 'arn:aws:lambda:eu-central-1:123456789012:function:report',
        qualifier: null,
      },
    ],
    ['https://example.com/in?a=1', { kind: 'http', url: 'https://example.com/in?a=1' }],
  ])('reads the target %s', (target, expected) => {
    expect(checkRule({ ...VALID, target })).toMatchObject({ value: { target: expected } });
  });

  test.each([
    [{ name: undefined }, 'name', undefined],
    [{ topicFilter: undefined }, 'topicFilter', undefined],
    [{ target: undefined }, 'target', undefined],
    [
      { name: 'a b' },
      'name',
      'a name has 1 to 64 letters, digits, _, - and full stops, and begins with a letter or digit',
    ],
    [{ topicFilter: '' }, 'topicFilter', 'the filter is empty; # covers every topic'],
    [{ topicFilter: '/a/#/b' }, 'topicFilter', '# comes last, as in /+/+/user/#'],
    [
      { topicFilter: '/a+/b' },
      'topicFilter',
      '"a+": a wildcard is a whole level, as in /+/+/user/#',
    ],
    [
      { topicFilter: `/${'a'.repeat(256)}` },
      'topicFilter',
      'a filter has at most 256 characters and no U+0000',
    ],
    [
      { productKey: 'a/b' },
      'productKey',
      'a ProductKey has 1 to 64 characters, none of them /, + or #',
    ],
    [
      { target: 'fc4:report' },
      'target',
      '"fc4" is no kind of target: there are fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION or an http(s) URL',
    ],
    [
      { target: 'report' },
      'target',
      '"report" is no kind of target: there are fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION or an http(s) URL',
    ],
    [{ target: 'fc3:' }, 'target', 'the name of the function is missing: fc3:report'],
    [{ target: 'fc2:iot' }, 'target', 'the name of the function is missing: fc2:iot/report'],
    [{ target: 'fc2:/report' }, 'target', 'the name of the service is missing: fc2:iot/report'],
    [{ target: 'lambda:' }, 'target', 'the name of the function is missing: lambda:report'],
    [
      { target: 'lambda:a b' },
      'target',
      '"a b" is not the name or the ARN of a function of Lambda',
    ],
    [
      { target: 'fc3:../services' },
      'target',
      '"../services" is no name of Function Compute: a letter or _, then letters, digits, _ and -, 128 at most',
    ],
    [
      { target: 'http://:1' },
      'target',
      'the URL of the target cannot be read; example: https://example.com/messages',
    ],
    [
      { target: 'https://u:geheim@example.com/' },
      'target',
      'a rule holds no password: leave name and password out of the URL',
    ],
    [
      { target: { kind: 'fc3', functionName: 'f', qualifier: 'a b' } },
      'qualifier',
      'a qualifier has 1 to 128 letters, digits, $, _ and -',
    ],
    [
      { target: { kind: 'http', url: 'http://a/', qualifier: '1' } },
      'qualifier',
      'a URL has no qualifier',
    ],
    [{ target: { kind: 'http' } }, 'target', 'an http target has a url'],
    [{ priority: 1001 }, 'priority', 'is a whole number from 0 to 1000'],
    [{ batchSize: 0 }, 'batchSize', 'is a whole number from 1 to 1000'],
    [
      { batchSize: 2, payload: 'body' },
      'batchSize',
      'is 1 where the payload is body: a call has one message',
    ],
    [{ batchWaitMs: Number.NaN }, 'batchWaitMs', 'is a whole number from 0 to 60000'],
    [{ order: 'product' }, 'order', 'is one of none, device'],
    [{ payload: 'json' }, 'payload', 'is one of batch, body'],
    [
      { topic: '#' },
      'topic',
      'a rule has only name, priority, topicFilter, productKey, target, payload, batchSize, batchWaitMs, order',
    ],
  ])('%j is refused', (wrong, parameter, reason) => {
    const checked = checkRule({ ...VALID, ...wrong });
    const kind = reason === undefined ? 'missing-parameter' : 'invalid-parameter';
    expect(checked).toEqual({
      ok: false,
      failure: { kind, parameter, ...(reason !== undefined && { reason }) },
    });
  });
});
