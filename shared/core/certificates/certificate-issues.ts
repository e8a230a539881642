import { ok, type Result, refuse } from '../../model/failure.ts';
import type { CertificateIssuesRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { upsertRecord } from '../records/update-record.ts';

export type Issue = CertificateIssuesRecord['issues'][number];

/** Answers that are no further than this from the first one of an issue belong to it. */
const ISSUE_SPAN_MS = 60_000;

const MOST_KEPT_ISSUES = 100;

const NO_ISSUES: CertificateIssuesRecord = { issues: [], count: 0, revokedAtMs: null };

export async function readIssues(deviceId: string, store: Store): Promise<CertificateIssuesRecord> {
  const found = await store.table('certificate_issues').read({ partition: deviceId });
  return found?.value ?? NO_ISSUES;
}

/**
 * What the record becomes by an answer: itself, where the answer belongs to the last issue. Refuses
 * `certificate-revoked` and `certificate-limit`.
 */
export function addIssue(
  record: CertificateIssuesRecord,
  issue: Issue,
  { deviceId, mostIssues }: { deviceId: string; mostIssues: number },
): Result<CertificateIssuesRecord> {
  if (record.revokedAtMs !== null) return refuse({ kind: 'certificate-revoked', deviceId });
  const last = record.issues.at(-1);
  if (last && isOfIssue(issue.atMs, last)) return ok(record);
  if (record.count >= mostIssues) {
    return refuse({ kind: 'certificate-limit', deviceId, mostIssues });
  }
  const issues = [...record.issues, issue].slice(-MOST_KEPT_ISSUES);
  return ok({ ...record, issues, count: record.count + 1 });
}

/** Adds an answer before it is given. The count, the issue of this answer included, as it is stored. */
export async function countIssue(
  issue: Issue,
  limit: { deviceId: string; mostIssues: number },
  store: Store,
): Promise<Result<number>> {
  const table = store.table('certificate_issues');
  const key = { partition: limit.deviceId };
  for (;;) {
    const found = await table.read(key);
    const added = addIssue(found?.value ?? NO_ISSUES, issue, limit);
    if (!added.ok) return added;
    if (added.value === found?.value) return ok(added.value.count);
    const written = found
      ? await table.replace(key, added.value, found.version)
      : await table.insert(key, added.value);
    if (written) return ok(added.value.count);
  }
}

/** From now on every request is refused, until restoreCertificate. What was handed out stays good: disable the device for that. */
export async function revokeCertificate(
  deviceId: string,
  { store, nowMs }: { store: Store; nowMs: () => number },
): Promise<void> {
  await changeIssues(deviceId, store, (record) => ({
    ...record,
    revokedAtMs: record.revokedAtMs ?? nowMs(),
  }));
}

export async function restoreCertificate(deviceId: string, store: Store): Promise<void> {
  await changeIssues(deviceId, store, (record) => ({ ...record, revokedAtMs: null }));
}

/** Counts from zero again. The audit stays. */
export async function resetIssues(deviceId: string, store: Store): Promise<void> {
  await changeIssues(deviceId, store, (record) => ({ ...record, count: 0 }));
}

async function changeIssues(
  deviceId: string,
  store: Store,
  change: (record: CertificateIssuesRecord) => CertificateIssuesRecord,
): Promise<void> {
  const table = store.table('certificate_issues');
  await upsertRecord(table, { partition: deviceId }, (record) => change(record ?? NO_ISSUES));
}

/** The first answer may lie ahead: instances have clocks of their own, and of two requests at once either may be counted first. */
function isOfIssue(atMs: number, first: Issue): boolean {
  return Math.abs(atMs - first.atMs) <= ISSUE_SPAN_MS;
}
