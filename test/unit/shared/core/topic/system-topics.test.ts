import { expect, test } from 'vitest';
import { eventOfSuffix, mayUseRecord } from '../../../../../shared/core/topic/system-topics.ts';

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

test.each([
  ['/sys/pk/dn/thing/deviceinfo/update', true],
  ['/sys/pk/dn/thing/property/desired/get', true],
  ['/sys/pk/dn/thing/event/property/post', false],
  ['/sys/pk/dn/rrpc/response/1', false],
  ['/ota/device/inform/pk/dn', true],
  ['/shadow/update/pk/dn', false],
  ['/pk/dn/user/thing/update', false],
])('what comes on %s may use a record: %s', (topic, expected) => {
  expect(mayUseRecord(topic)).toBe(expected);
});
