import { describe, expect, test } from 'vitest';
import {
  envelopeOf,
  failureOf,
  messageOf,
  parcelOf,
  readParcel,
  withFailure,
} from '../../../../../shared/adapters/rabbitmq/bus-message.ts';
import type { Message } from '../../../../../shared/model/message.ts';

const message: Message = {
  messageId: '18446744073709551615',
  kind: 'property',
  topic: '/pk/客厅.灯/thing/event/property/post',
  productKey: 'pk',
  deviceName: '客厅.灯',
  iotId: 'iot',
  generateTimeMs: 1_700_000_000_123,
  transport: 'mqtt',
  body: Uint8Array.of(0, 255, 10, 13, 128),
};

const parcel = parcelOf(message, 1_700_000_001_999);
const delivered = { ...envelopeOf(parcel), body: parcel.body };

describe('a message in a queue', () => {
  test('is persistent, must find a queue, and has texts alone in its headers', () => {
    expect(envelopeOf(parcel)).toEqual({
      messageId: '18446744073709551615',
      type: 'property',
      timestamp: 1_700_000_001,
      headers: {
        topic: '/pk/客厅.灯/thing/event/property/post',
        productKey: 'pk',
        deviceName: '客厅.灯',
        iotId: 'iot',
        generateTimeMs: '1700000000123',
        transport: 'mqtt',
      },
      durable: true,
      mandatory: true,
    });
  });

  test('is read as it was written', () => {
    const read = readParcel(delivered);
    expect(read).toEqual(parcel);
    const { body, ...rest } = messageOf(read ?? parcel);
    expect({ ...rest, body: Uint8Array.from(body) }).toEqual(message);
  });

  test('keeps a kind that a newer process has published', () => {
    const read = readParcel({ ...delivered, type: 'of-tomorrow' });
    expect(read && messageOf(read).kind).toBe('of-tomorrow');
  });

  test.each([
    ['no id', { messageId: undefined }],
    ['no kind', { type: undefined }],
    ['a body that was read as JSON', { body: {} }],
    ['no headers', { headers: undefined }],
    ['a header that is no text', { headers: { ...delivered.headers, topic: 1 } }],
  ])('with %s is not of the bus', (_, change) => {
    const foreign: Record<string, unknown> = { ...delivered, ...change };
    expect(readParcel({ body: undefined, ...foreign })).toBeUndefined();
  });
});

describe('what stands beside a message that failed', () => {
  test('is nothing at first: no attempt was made, and it is due at once', () => {
    expect(failureOf(parcel)).toEqual({ attempts: 0, reason: '', dueMs: 0, diedAtMs: 0 });
  });

  test('is read as it was written, and leaves the message as it was', () => {
    const failed = withFailure(parcel, {
      attempts: 2,
      reason: 'no room',
      dueMs: 1_700_000_005_000,
    });
    const read = readParcel({ ...envelopeOf(failed), body: failed.body }) ?? parcel;
    expect(failureOf(read)).toEqual({
      attempts: 2,
      reason: 'no room',
      dueMs: 1_700_000_005_000,
      diedAtMs: 0,
    });
    expect(messageOf(read)).toEqual(messageOf(parcel));
  });

  test('has a reason that fits into a frame', () => {
    const failed = withFailure(parcel, { attempts: 1, reason: 'x'.repeat(1_000_000) });
    expect(failureOf(failed).reason).toHaveLength(2000);
  });
});
