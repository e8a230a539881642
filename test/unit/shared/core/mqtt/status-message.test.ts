import { expect, test } from 'vitest';
import { statusMessage } from '../../../../../shared/core/mqtt/status-message.ts';

test('a status message has the times of UTC+8 and of UTC, to the millisecond', () => {
  const device = { productKey: 'a1TestProd01', deviceName: 'dev_001', iotId: 'iot-1' };
  const message = statusMessage({
    device,
    status: 'offline',
    atMs: Date.UTC(2025, 11, 31, 16, 0, 0, 7),
    lastAtMs: Date.UTC(2025, 11, 31, 15, 59, 59, 120),
    clientIp: '192.0.2.1',
    messageId: '911824743705107904',
    transport: 'mqtt',
  });
  const { body, ...rest } = message;
  expect(rest).toEqual({
    ...device,
    messageId: '911824743705107904',
    kind: 'status',
    topic: '/as/mqtt/status/a1TestProd01/dev_001',
    generateTimeMs: 1767196800007,
    transport: 'mqtt',
  });
  expect(JSON.parse(Buffer.from(body).toString())).toEqual({
    ...device,
    status: 'offline',
    time: '2026-01-01 00:00:00.007',
    utcTime: '2025-12-31T16:00:00.007Z',
    lastTime: '2025-12-31 23:59:59.120',
    utcLastTime: '2025-12-31T15:59:59.120Z',
    clientIp: '192.0.2.1',
  });
});
