import { beforeEach, describe, expect, test } from 'vitest';
import {
  addIssue,
  countIssue,
  readIssues,
} from '../../../../../shared/core/certificates/certificate-issues.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';

const LIMIT = { deviceId: 'SN-1', mostIssues: 1000 };

const issueAt = (atMs: number) => ({ atMs, sourceIp: '192.0.2.1', requestId: `r${atMs}` });

let parts: MemoryParts;
beforeEach(() => {
  parts = createMemoryParts();
});

const count = (atMs: number) => countIssue(issueAt(atMs), LIMIT, parts.store);

describe('issues', () => {
  test('are kept to the last hundred, and all counted', async () => {
    for (let issue = 0; issue < 105; issue += 1) await count(START_MS + issue * 60_001);
    const record = await readIssues('SN-1', parts.store);
    expect(record.count).toBe(105);
    expect(record.issues).toHaveLength(100);
    expect(record.issues[0]).toEqual(issueAt(START_MS + 5 * 60_001));
  });

  test('are one where clocks of instances differ by less than the span', async () => {
    await count(START_MS);
    expect(await count(START_MS - 60_000)).toEqual({ ok: true, value: 1 });
    expect(await count(START_MS - 60_001)).toEqual({ ok: true, value: 2 });
  });

  test('that are counted at once are counted once', async () => {
    const counted = await Promise.all(
      Array.from({ length: 50 }, (_, index) => count(START_MS + index)),
    );
    expect(counted.every((result) => result.ok && result.value === 1)).toBe(true);
    expect(await readIssues('SN-1', parts.store)).toMatchObject({ count: 1 });
  });

  test('beyond the limit are refused, though all be counted at once', async () => {
    const limit = { ...LIMIT, mostIssues: 5 };
    const counted = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        countIssue(issueAt(START_MS + index * 60_001), limit, parts.store),
      ),
    );
    const numbers = counted.flatMap((result) => (result.ok ? [result.value] : []));
    expect(numbers.sort()).toEqual([1, 2, 3, 4, 5]);
    expect(await readIssues('SN-1', parts.store)).toMatchObject({ count: 5 });
  });

  test('of a revoked deviceId are refused also within the span of the last', async () => {
    const issue = issueAt(START_MS);
    const record = { issues: [issue], count: 1, revokedAtMs: START_MS };
    expect(addIssue(record, issue, LIMIT)).toEqual({
      ok: false,
      failure: { kind: 'certificate-revoked', deviceId: 'SN-1' },
    });
  });
});
