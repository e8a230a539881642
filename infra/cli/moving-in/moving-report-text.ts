import type { MovingProgress } from '../../../shared/core/moving-in/moving.ts';
import {
  type Counts,
  DEVICE_CONTENTS,
  type DeviceContent,
  type ProductReport,
} from '../../../shared/core/moving-in/moving-report.ts';

type Reports = readonly ProductReport[];

/** What the command leaves with the account whatever is in it. */
const NOT_MOVED =
  'gateway topologies are not moved yet; history, rules, groups, OTA firmware, data-parse scripts and the switch of dynamic registration stay with the account';

const RESUMED =
  '  goes on where the last run was interrupted; what that one found is not in these counts: a further run compares everything';

export function movingProgressText({ productKey, devices, total }: MovingProgress): string {
  return `${productKey}: ${devices} of ${total} devices`;
}

/** For people: a paragraph a product, then the sums. */
export function movingReportText(reports: Reports, isDryRun: boolean): string {
  const head = isDryRun ? ['Dry run: nothing was written. What would be done:', ''] : [];
  const lines = [
    ...head,
    ...reports.flatMap((report) => productLines(report, isDryRun)),
    ...sumLines(reports, isDryRun),
  ];
  return `${lines.join('\n')}\n\nNote: ${NOT_MOVED}.\n`;
}

/** For programs; `format` changes when a member does. */
export function movingReportJson(reports: Reports, isDryRun: boolean): string {
  const report = { format: 1, isDryRun, products: reports, notMoved: NOT_MOVED };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function productLines(report: ProductReport, isDryRun: boolean): string[] {
  const { productKey, productName, product, thingModels, topics, devices } = report;
  const title = productName === '' ? productKey : `${productKey} ${productName}`;
  const lines = [`${title}: ${product === 'refused' ? 'not moved' : product}`];
  if (report.isResumed) lines.push(RESUMED);
  if (product !== 'refused') {
    lines.push(countsLine('thing model', thingModels), countsLine('custom topics', topics));
    lines.push(countsLine('devices', devices));
    lines.push(...DEVICE_CONTENTS.map((name) => contentLine(name, report[name], isDryRun)));
  }
  const notes = report.notes.map((note) => `  - ${note}`);
  return [...lines, ...report.problems.map(problemLine), ...notes, ''];
}

function problemLine({ reason, count, examples }: ProductReport['problems'][number]): string {
  if (examples.length === 0) return `  ! ${reason}`;
  const more = count > examples.length ? ', …' : '';
  return `  ! ${count} × ${reason}: ${examples.join(', ')}${more}`;
}

function sumLines(reports: Reports, isDryRun: boolean): string[] {
  const moved = reports.filter(({ product }) => product !== 'refused');
  return [
    `${moved.length} of ${reports.length} products`,
    countsLine('custom topics', sumOf(moved.map(({ topics }) => topics))),
    countsLine('devices', sumOf(moved.map(({ devices }) => devices))),
    ...DEVICE_CONTENTS.map((name) => {
      const counts = moved.flatMap((one) => one[name] ?? []);
      return contentLine(name, counts.length > 0 ? sumOf(counts) : null, isDryRun);
    }),
  ];
}

const LABELS: Readonly<Record<DeviceContent, string>> = {
  values: 'last values',
  shadows: 'shadows',
  desired: 'desired',
  tags: 'tags',
};

const LABEL_WIDTH = 13;

function countsLine(label: string, counts: Counts): string {
  return lineOf(label, countsText(counts));
}

/** Of the content of devices, which a dry run does not ask for, as it takes a call a device. */
function contentLine(name: DeviceContent, counts: Counts | null, isDryRun: boolean): string {
  if (counts) return countsLine(LABELS[name], counts);
  return lineOf(LABELS[name], isDryRun ? 'not counted in a dry run' : 'left out');
}

function lineOf(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)} ${text}`;
}

function sumOf(counts: readonly Counts[]): Counts {
  const sum = (name: keyof Counts) => counts.reduce((total, one) => total + one[name], 0);
  return {
    added: sum('added'),
    changed: sum('changed'),
    unchanged: sum('unchanged'),
    refused: sum('refused'),
  };
}

function countsText({ added, changed, unchanged, refused }: Counts): string {
  return `${added} added, ${changed} changed, ${unchanged} unchanged, ${refused} refused`;
}
