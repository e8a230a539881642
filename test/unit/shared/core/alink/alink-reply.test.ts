import { expect, test } from 'vitest';
import { ALINK_CODES } from '../../../../../shared/core/alink/alink-codes.ts';
import { alinkReply, plainSuccess } from '../../../../../shared/core/alink/alink-reply.ts';

const method = 'thing.event.property.post';

test('a reply has the members in the order of the platform', () => {
  expect(alinkReply({ id: '17', ...ALINK_CODES.success, method })).toBe(
    '{"code":200,"data":{},"id":"17","message":"success","method":"thing.event.property.post","version":"1.0"}',
  );
});

test('a reply echoes an id of any form as a string', () => {
  const id = '1|exp-topic|/sys/a1TestProd01/dev_001/thing/event/property/post_reply';
  expect(JSON.parse(alinkReply({ id, ...ALINK_CODES.success }))).toEqual({
    code: 200,
    data: {},
    id,
    message: 'success',
    version: '1.0',
  });
});

test('a reply carries the data that it is given', () => {
  const data = { Foo: 'tsl parse: params not exist' };
  expect(alinkReply({ id: '', ...ALINK_CODES.parameterError, method: 'm', data })).toBe(
    '{"code":460,"data":{"Foo":"tsl parse: params not exist"},"id":"","message":"request parameter error","method":"m","version":"1.0"}',
  );
});

test.each(['17', '', '1|exp-topic|/sys/a', '"\\\u2028'])(
  'a plain success is the reply without data, with the id %j',
  (id) => {
    expect(plainSuccess(id, method)).toBe(alinkReply({ id, ...ALINK_CODES.success, method }));
  },
);
