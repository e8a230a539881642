import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWholeFrames } from '../../../../../infra/local/amqp/whole-frames.ts';

const HEADER = Buffer.from('AMQP\u0000\u0001\u0000\u0000');
const HEARTBEAT = Buffer.from('0000000802000000', 'hex');
/** An END. */
const END = Buffer.from('0000000c0200000000531745', 'hex');
const STREAM = Buffer.concat([HEADER, END, HEARTBEAT, HEARTBEAT, END, HEADER, END]);

describe('createWholeFrames', () => {
  test('gives the same frames, however their bytes come, and at no time a part of one', () => {
    const ends = [8, 20, 28, 36, 48, 56, 68];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 15 })), (sizes) => {
        const wholeFrames = createWholeFrames(64);
        let given = 0;
        let taken = 0;
        for (const size of [...sizes, STREAM.length]) {
          const chunk = STREAM.subarray(given, given + size);
          given = Math.min(STREAM.length, given + size);
          const frames = wholeFrames(chunk);
          expect(frames).toEqual(STREAM.subarray(taken, taken + frames.length));
          taken += frames.length;
          expect(taken).toBe(ends.findLast((end) => end <= given) ?? 0);
        }
      }),
    );
  });

  test('takes a frame with a longer head', () => {
    const frame = Buffer.from('0000001003000000ffffffff00531745', 'hex');
    expect(createWholeFrames(64)(frame)).toEqual(frame);
  });

  test.each([
    ['a longer frame than that', '00000041' + '02000000', 'no AMQP, or a frame of 65 bytes'],
    ['what is no AMQP', Buffer.from('GET / HT').toString('hex'), /^no AMQP/],
    ['a frame shorter than its head', '0000000702000000', 'a frame of 7 bytes'],
    ['a frame of nothing', '0000000000000000', 'a frame of 0 bytes'],
    ['a body within the head', '0000000801000000', 'a frame whose body begins outside of it'],
    ['a body behind the frame', '0000000803000000', 'a frame whose body begins outside of it'],
    [
      'a body of counts that nothing stands behind',
      '00000015' + '02000000' + '005317' + 'f000000005' + 'ffffffff' + '40',
      'a frame whose sizes and counts do not fit',
    ],
  ])('throws for %s', (_, hex, reason) => {
    expect(() => createWholeFrames(64)(Buffer.from(hex, 'hex'))).toThrow(reason);
  });
});
