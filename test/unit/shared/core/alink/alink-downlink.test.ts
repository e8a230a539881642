import { expect, test } from 'vitest';
import { alinkDownlink, newAlinkId } from '../../../../../shared/core/alink/alink-downlink.ts';

const request = {
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  method: 'thing.service.mod1:Reset',
  id: '1234',
  params: { delay: 1 },
};

test('a request goes to the topic of its method, with the members in the order of the platform', () => {
  const message = alinkDownlink(request);
  expect({ ...message, payload: Buffer.from(message.payload).toString() }).toEqual({
    productKey: 'a1TestProd01',
    deviceName: 'dev_001',
    topic: '/sys/a1TestProd01/dev_001/thing/service/mod1:Reset',
    qos: 1,
    isTransient: true,
    payload:
      '{"method":"thing.service.mod1:Reset","id":"1234","params":{"delay":1},"version":"1.0.0"}',
  });
});

test.each([
  [[255, 255, 255, 255], '2147483647'],
  [[128, 0, 0, 7], '7'],
  [[0, 0, 0, 0], '0'],
])('ids fit a signed integer of 32 bits: %j', (bytes, id) => {
  expect(newAlinkId(() => Uint8Array.from(bytes))).toBe(id);
});
