import { describe, expect, test } from 'vitest';
import { parseAlinkRequest } from '../../../../../shared/core/alink/parse-alink-request.ts';

const post = {
  id: '17',
  version: '1.0',
  params: { Temp: 21.5 },
  method: 'thing.event.property.post',
};
const parse = (value: unknown) => parseAlinkRequest(Buffer.from(JSON.stringify(value)));
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('parseAlinkRequest', () => {
  test('reads a whole envelope', () => {
    expect(parse(post)).toEqual({ ok: true, value: { ...post, ack: true } });
  });

  const accepted = [
    ['a string id of any form', { id: '1|exp-topic|/sys/x' }, { id: '1|exp-topic|/sys/x' }],
    ['a number as its decimal string', { id: 17 }, { id: '17' }],
    ['an absent id as empty', { id: undefined }, { id: '' }],
    ['a null id as empty', { id: null }, { id: '' }],
    ['params that are an array', { params: [{ attrKey: 'a' }] }, { params: [{ attrKey: 'a' }] }],
    ['ack 0 as no reply wanted', { sys: { ack: 0 } }, { ack: false }],
    ['ack 1 as a reply wanted', { sys: { ack: 1 } }, { ack: true }],
    ['sys without ack as a reply wanted', { sys: {} }, { ack: true }],
    ['sys of another type as a reply wanted', { sys: 0 }, { ack: true }],
    ['params nested 32 levels', { params: nested(32) }, { id: '17' }],
  ] as const;
  for (const [what, change, expected] of accepted) {
    test(`takes ${what}`, () => {
      expect(parse({ ...post, ...change })).toMatchObject({ ok: true, value: expected });
    });
  }

  for (const member of ['version', 'method']) {
    test(`leaves out a ${member} that is absent or no string`, () => {
      expect(parse({ ...post, [member]: 1 })).not.toHaveProperty(`value.${member}`);
      expect(parse({ ...post, [member]: undefined })).not.toHaveProperty(`value.${member}`);
    });
  }

  const refused = [
    ['no JSON', '{"id":', 'the body is not JSON in UTF-8'],
    ['an empty body', '', 'the body is not JSON in UTF-8'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x22, 0xc3, 0x28, 0x22]),
      'the body is not JSON in UTF-8',
    ],
    ['a JSON array', '[]', 'the body is not a JSON object'],
    ['a JSON string', '"x"', 'the body is not a JSON object'],
    ['JSON null', 'null', 'the body is not a JSON object'],
    ['an id that is an object', '{"id":{},"params":{}}', 'id is neither a string nor a number'],
    ['an id that is a boolean', '{"id":true,"params":{}}', 'id is neither a string nor a number'],
    ['absent params', '{"id":"1"}', 'params is absent'],
    ['null params', '{"params":null}', 'params is neither an object nor an array'],
    ['params that are a string', '{"params":"x"}', 'params is neither an object nor an array'],
    [
      'deep nesting',
      `{"params":${'['.repeat(33)}${']'.repeat(33)}}`,
      'params nests more than 32 levels',
    ],
    [
      'very deep nesting',
      `{"params":${'[{"a":'.repeat(9000)}1${'}]'.repeat(9000)}}`,
      'params nests more than 32 levels',
    ],
  ] as const;
  for (const [what, body, reason] of refused) {
    test(`refuses ${what}`, () => {
      expect(parseAlinkRequest(Buffer.from(body))).toEqual({
        ok: false,
        failure: { kind: 'malformed-request', reason },
      });
    });
  }

  test('lets the last of two members of one name stand', () => {
    const body = Buffer.from('{"id":"1","id":"2","params":{"a":1,"a":2}}');
    expect(parseAlinkRequest(body)).toMatchObject({ value: { id: '2', params: { a: 2 } } });
  });

  test('takes nothing from a member called __proto__', () => {
    const body = Buffer.from('{"__proto__":{"id":"9","params":{"a":1},"method":"m"}}');
    expect(parseAlinkRequest(body)).toMatchObject({
      failure: { kind: 'malformed-request', reason: 'params is absent' },
    });
  });
});
