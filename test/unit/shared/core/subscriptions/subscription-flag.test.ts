import { describe, expect, test } from 'vitest';
import {
  ALL_FLAGS,
  flagOf,
  groupsOf,
  SUBSCRIPTION_FLAGS,
} from '../../../../../shared/core/subscriptions/subscription-flag.ts';
import type { Message } from '../../../../../shared/model/message.ts';

type Case = { kind: Message['kind']; topic: string; flag: string };

const CASES: readonly Case[] = [
  { kind: 'property', topic: '/a1/d1/thing/event/property/post', flag: 'deviceDataFlag' },
  { kind: 'property', topic: '/a1/d1/thing/event/property/history/post', flag: 'thingHistoryFlag' },
  { kind: 'event', topic: '/a1/d1/thing/event/Overheat/post', flag: 'deviceDataFlag' },
  { kind: 'event', topic: '/a1/d1/thing/event/Overheat/history/post', flag: 'thingHistoryFlag' },
  { kind: 'event', topic: '/a1/d1/thing/event/history/post', flag: 'thingHistoryFlag' },
  { kind: 'uplink', topic: '/a1/d1/user/update', flag: 'deviceDataFlag' },
  { kind: 'uplink', topic: '/a1/d1/user/history/post', flag: 'deviceDataFlag' },
  { kind: 'reply', topic: '/a1/d1/thing/downlink/reply/message', flag: 'deviceDataFlag' },
  { kind: 'status', topic: '/as/mqtt/status/a1/d1', flag: 'deviceStatusChangeFlag' },
  { kind: 'tags', topic: '/a1/d1/thing/deviceinfo/update', flag: 'deviceTagFlag' },
  { kind: 'lifecycle', topic: '/a1/d1/thing/lifecycle', flag: 'deviceLifeCycleFlag' },
  { kind: 'topology', topic: '/a1/d1/thing/topo/lifecycle', flag: 'deviceTopoLifeCycleFlag' },
  { kind: 'found', topic: '/a1/d1/thing/list/found', flag: 'foundDeviceListFlag' },
  { kind: 'ota_version', topic: '/a1/d1/ota/version/post', flag: 'otaVersionFlag' },
  { kind: 'ota_result', topic: '/a1/d1/ota/upgrade', flag: 'otaEventFlag' },
];

describe('a message', () => {
  test.each(CASES)('of $kind on $topic needs $flag', ({ flag, ...message }) => {
    expect(flagOf(message)).toBe(flag);
  });

  test('goes to the groups where its flag is set, and to nobody by the other nine', () => {
    const groupIds = ['g1', 'g2'];
    for (const { flag, ...message } of CASES) {
      const flags = { ...ALL_FLAGS, [flag]: false };
      expect(groupsOf({ groupIds, flags }, message)).toEqual([]);
      expect(groupsOf({ groupIds, flags: ALL_FLAGS }, message)).toEqual(groupIds);
    }
  });
});

test('there are ten flags', () => {
  expect(SUBSCRIPTION_FLAGS).toHaveLength(10);
});
