import { expect, test } from 'vitest';
import { errorNotice, NOTICES } from '../../../../../shared/core/alink/error-notice.ts';

const device = { productKey: 'a1TestProd01', deviceName: 'dev_001' };

test.each([
  ['kicked', '{"id":"0","code":427,"message":"device connect in elsewhere"}'],
  ['deleted', '{"id":"0","code":521,"message":"device deleted"}'],
  ['disabled', '{"id":"0","code":522,"message":"device forbidden"}'],
] as const)('a device that is %s is told why', (why, text) => {
  const { code, message } = NOTICES[why];
  const notice = errorNotice(device, code, message);
  expect({ ...notice, payload: Buffer.from(notice.payload).toString() }).toEqual({
    ...device,
    topic: '/ext/error/a1TestProd01/dev_001',
    qos: 0,
    payload: text,
  });
});
