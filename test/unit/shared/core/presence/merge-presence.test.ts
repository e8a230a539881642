import { describe, expect, test } from 'vitest';
import {
  mergePresence,
  type StatusReport,
} from '../../../../../shared/core/presence/merge-presence.ts';
import type { PresenceRecord } from '../../../../../shared/model/tables.ts';

const report = (
  messageId: string,
  atMs: number,
  status: 'online' | 'offline',
  clientIp = '192.0.2.1',
): StatusReport => ({ messageId, atMs, body: { status, clientIp } });

const mergeAll = (reports: readonly StatusReport[]) =>
  reports.reduce<PresenceRecord | undefined>(mergePresence, undefined);

describe('the presence of a device', () => {
  const came = report('11', 1000, 'online');
  const left = report('12', 2000, 'offline');
  const back = report('13', 3000, 'online', '192.0.2.2');
  const final = {
    status: 'online',
    changedAtMs: 3000,
    onlineAtMs: 3000,
    clientIp: '192.0.2.2',
    messageId: '13',
  };

  test.each([
    ['in order', [came, left, back]],
    ['the last one first', [back, came, left]],
    ['backwards', [back, left, came]],
    ['each twice', [came, left, came, back, left, back]],
  ])('is what the latest message says: %s', (_, reports) => {
    expect(mergeAll(reports)).toEqual(final);
  });

  test('keeps when it came online, also where that is told late', () => {
    const expected = { status: 'offline', changedAtMs: 2000, onlineAtMs: 1000 };
    expect(mergeAll([came, left])).toMatchObject(expected);
    expect(mergeAll([left, came])).toMatchObject(expected);
  });

  // As texts, 9 is greater than 10: an old connection that is kicked and the new one share a moment.
  const kicked = report('9', 1000, 'offline');
  const joined = report('10', 1000, 'online');
  test.each([
    ['in order', [kicked, joined]],
    ['out of order', [joined, kicked]],
  ])('is that of the later id within one millisecond: %s', (_, reports) => {
    expect(mergeAll(reports)).toMatchObject({ status: 'online', messageId: '10' });
  });
});
