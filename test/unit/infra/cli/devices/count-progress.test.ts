import { describe, expect, test } from 'vitest';
import { createCountProgress } from '../../../../../infra/cli/devices/count-progress.ts';

/** A show each second, from 1000 devices on, 1000 more each time. */
function showSeconds(seconds: number, rewrites: boolean): string {
  let text = '';
  let now = 0;
  const write = (more: string) => {
    text += more;
  };
  const progress = createCountProgress('devices', { write, rewrites, nowMs: () => now });
  for (let second = 0; second <= seconds; second += 1) {
    now = second * 1000;
    const fraction = second / seconds;
    progress.show(1000 + second * 1000, { fraction, note: ', 2 rejected' });
  }
  progress.end();
  return text;
}

describe('the progress of a count', () => {
  test('is a line every five seconds where nobody watches, with the rate of this run', () => {
    expect(showSeconds(10, false)).toBe(
      '[############............] 50% 6000 devices, 1000/s, 2 rejected\n' +
        '[########################]100% 11000 devices, 1000/s, 2 rejected\n',
    );
  });

  test('is one line that is written over on a terminal, and taken away in the end', () => {
    const lines = showSeconds(2, true).split('\r\u001b[K');
    expect(lines.map((line) => line.replace(/^\[[#.]+\]/, ''))).toEqual([
      '',
      '  0% 1000 devices, 0/s, 2 rejected',
      ' 50% 2000 devices, 1000/s, 2 rejected',
      '100% 3000 devices, 1000/s, 2 rejected',
      '',
    ]);
  });
});
