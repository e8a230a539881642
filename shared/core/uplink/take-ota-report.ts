import { ok, type Result } from '../../model/failure.ts';
import type { FirmwareModule } from '../../model/tables.ts';
import { findModule, resultContent, saveModule, versionContent } from '../firmware/firmware.ts';
import { readProgressReport, readVersionReport } from '../firmware/ota-reports.ts';
import { NO_REPLIES } from './device-replies.ts';
import { asSent, publishContent } from './publish-content.ts';
import type { Content, Judged, Taken, Taker, Uplink, UplinkParts } from './uplink.ts';

/**
 * What a device says of its firmware under `/ota/device/` (protocol.md 4.11). There are no replies. What
 * cannot be read passes as it was sent: a device must not fail to sign in for it (devices.md 1, row 10).
 */
export function otaTakerOf(action: string): Taker | undefined {
  switch (action) {
    case 'inform':
      return takeVersion;
    case 'progress':
      return takeProgress;
    default:
      return undefined;
  }
}

/**
 * A version that is not the one before goes to the bus, and ends an upgrade that was under way with
 * success: nothing else does. The bus first: where it fails the device has no answer, and says it again.
 */
async function takeVersion(judged: Judged, parts: UplinkParts): Promise<Taken> {
  const { uplink, nowMs } = judged;
  const report = readVersionReport(uplink.body);
  if (!report) return publishOnly(asSent(uplink), judged, parts);
  const { device } = uplink;
  const known = await findModule(device.iotId, report.moduleName, parts.store);
  if (known?.version === report.version) return taken(ok(await parts.newMessageId()));
  const version = versionContent(report, device, nowMs);
  const upgrade = known?.isUpgrading && {
    status: 'SUCCEEDED' as const,
    srcVersion: known.version,
    destVersion: report.version,
    desc: 'success',
  };
  const published = upgrade
    ? await publishBoth([version, resultContent(upgrade, device, nowMs)], judged, parts)
    : await publishOnly(version, judged, parts);
  if (published.outcome.ok) {
    await saveModule(device.iotId, { ...report, informedAtMs: nowMs }, parts.store);
  }
  return published;
}

/** Passes as it was sent; a step below 0 ends the upgrade with failure. */
async function takeProgress(judged: Judged, parts: UplinkParts): Promise<Taken> {
  const { uplink, nowMs } = judged;
  const report = readProgressReport(uplink.body);
  if (!report) return publishOnly(asSent(uplink), judged, parts);
  const { device } = uplink;
  const known = await findModule(device.iotId, report.moduleName, parts.store);
  const hasFailed = report.step < 0;
  const upgrade = hasFailed && {
    status: 'FAILED' as const,
    srcVersion: known?.version ?? '',
    destVersion: '',
    desc: report.desc,
  };
  const published = upgrade
    ? await publishBoth([asSent(uplink), resultContent(upgrade, device, nowMs)], judged, parts)
    : await publishOnly(asSent(uplink), judged, parts);
  // Of a module whose version is not known, no later one can be told to be another.
  if (published.outcome.ok && known) await noteUpgrade(known, !hasFailed, { uplink, parts });
  return published;
}

/** Of a hundred reports of an upgrade the first alone changes something. */
async function noteUpgrade(
  known: FirmwareModule,
  isUpgrading: boolean,
  { uplink, parts }: { uplink: Uplink; parts: UplinkParts },
): Promise<void> {
  const { isUpgrading: wasUpgrading = false, ...idle } = known;
  if (isUpgrading === wasUpgrading) return;
  const module = isUpgrading ? { ...idle, isUpgrading } : idle;
  await saveModule(uplink.device.iotId, module, parts.store);
}

async function publishOnly(content: Content, judged: Judged, parts: UplinkParts): Promise<Taken> {
  return taken(await publishContent(content, judged, parts));
}

/** One after the other. The messageId of the first. */
async function publishBoth(
  [first, second]: readonly [Content, Content],
  judged: Judged,
  parts: UplinkParts,
): Promise<Taken> {
  const outcome = await publishContent(first, judged, parts);
  if (!outcome.ok) return taken(outcome);
  const next = await publishContent(second, judged, parts);
  return taken(next.ok ? outcome : next);
}

const taken = (outcome: Result<string>): Taken => ({ outcome, replies: NO_REPLIES });
