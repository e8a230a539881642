import type { MovingProgress } from '../../../shared/core/moving-in/moving.ts';
import type { Counts, ProductReport } from '../../../shared/core/moving-in/moving-report.ts';

type Reports = readonly ProductReport[];

/** What the command leaves with the account whatever is in it. */
const NOT_MOVED =
  'device shadows, desired values, tags, custom topics and gateway topologies are not moved yet; history, rules, groups, OTA firmware, data-parse scripts and the switch of dynamic registration stay with the account';

const RESUMED =
  '  goes on where the last run was interrupted; what that one found is not in these counts: a further run compares everything';

export function movingProgressText({ productKey, devices, total }: MovingProgress): string {
  return `${productKey}: ${devices} of ${total} devices`;
}

/** For people: a paragraph a product, then the sums. */
export function movingReportText(reports: Reports, isDryRun: boolean): string {
  const head = isDryRun ? ['Dry run: nothing was written. What would be done:', ''] : [];
  const lines = [...head, ...reports.flatMap(productLines), ...sumLines(reports)];
  return `${lines.join('\n')}\n\nNote: ${NOT_MOVED}.\n`;
}

/** For programs; `format` changes when a member does. */
export function movingReportJson(reports: Reports, isDryRun: boolean): string {
  const report = { format: 1, isDryRun, products: reports, notMoved: NOT_MOVED };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function productLines(report: ProductReport): string[] {
  const { productKey, productName, product, thingModels, devices, values } = report;
  const title = productName === '' ? productKey : `${productKey} ${productName}`;
  const lines = [`${title}: ${product === 'refused' ? 'not moved' : product}`];
  if (report.isResumed) lines.push(RESUMED);
  if (product !== 'refused') {
    lines.push(`  thing model   ${countsText(thingModels)}`);
    lines.push(`  devices       ${countsText(devices)}`);
    lines.push(`  last values   ${valuesText(values)}`);
  }
  const notes = report.notes.map((note) => `  - ${note}`);
  return [...lines, ...report.problems.map(problemLine), ...notes, ''];
}

function problemLine({ reason, count, examples }: ProductReport['problems'][number]): string {
  if (examples.length === 0) return `  ! ${reason}`;
  const more = count > examples.length ? ', …' : '';
  return `  ! ${count} × ${reason}: ${examples.join(', ')}${more}`;
}

function sumLines(reports: Reports): string[] {
  const moved = reports.filter(({ product }) => product !== 'refused');
  const values = moved.flatMap((one) => (one.values ? [one.values] : []));
  return [
    `${moved.length} of ${reports.length} products`,
    `  devices       ${countsText(sumOf(moved.map(({ devices }) => devices)))}`,
    `  last values   ${valuesText(values.length > 0 ? sumOf(values) : null)}`,
  ];
}

function valuesText(values: Counts | null): string {
  return values ? countsText(values) : 'not asked for';
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
