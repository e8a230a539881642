import { expect, test } from 'vitest';
import { eventOfSuffix } from '../../../../../shared/core/topic/system-topics.ts';

const events = [
  ['thing/event/Overheat/post', 'Overheat'],
  ['thing/event/mod1:Overheat/post', 'mod1:Overheat'],
  ['thing/event/property/post', undefined],
  ['thing/event/property/batch/post', undefined],
  ['thing/event/post', undefined],
  ['thing/event/Overheat/post_reply', undefined],
] as const;
for (const [suffix, event] of events) {
  test(`${suffix} posts ${event ?? 'no event'}`, () => {
    expect(eventOfSuffix(suffix)).toBe(event);
  });
}
