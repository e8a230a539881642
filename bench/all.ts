import { writeFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Row } from './row.ts';

/** `npm run bench`: every bench, or those named; writes bench/results.json when all were run. */
const BENCHES: Readonly<Record<string, () => Promise<{ run(): Promise<Row[]> }>>> = {
  signing: () => import('./signing.bench.ts'),
  tsl: () => import('./tsl.bench.ts'),
  'device-lookup': () => import('./device-lookup.bench.ts'),
  publish: () => import('./publish.bench.ts'),
  registration: () => import('./registration.bench.ts'),
  mqtt: () => import('./mqtt.bench.ts'),
  hostile: () => import('./hostile.bench.ts'),
  rrpc: () => import('./rrpc.bench.ts'),
  forwarder: () => import('./forwarder.bench.ts'),
  'cold-start': () => import('./cold-start.bench.ts'),
  http: () => import('./http.bench.ts'),
  amqp: () => import('./amqp.bench.ts'),
};

const USAGE = `Usage: npm run bench -- [name ...]

Measures ratios against a named baseline in the same run. Names: ${Object.keys(BENCHES).join(', ')}.
Without a name all of them run and bench/results.json is written.
`;

const { values, positionals } = parseOptions();
const unknown = positionals.filter((name) => !BENCHES[name]);
if (values.help || unknown.length > 0) {
  process.stderr.write(
    unknown.length > 0 ? `bench: there is no ${unknown.join(', ')}\n\n${USAGE}` : USAGE,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}
const rows: Row[] = [];
for (const [name, load] of Object.entries(BENCHES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stderr.write(`== ${name}\n`);
  rows.push(...(await (await load()).run()));
}
for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
if (positionals.length === 0) {
  const machine = {
    node: process.version,
    arch: arch(),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
  };
  await writeFile('bench/results.json', `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}

function lineOf({ name, baseline, ratio, unit, target, spread, rounds, note }: Row): string {
  const range = `${spread[0].toFixed(2)} to ${spread[1].toFixed(2)} in ${rounds} rounds`;
  const measured = `${ratio.toFixed(2)}${unit ? ` ${unit}` : ''}`;
  const line = `${measured} (${range}${targetText(target, ratio)})  ${name}  /  ${baseline}`;
  return note === undefined ? line : `${line}\n    ${note}`;
}

function targetText(target: Row['target'], ratio: number): string {
  if (!target) return '';
  if ('atLeast' in target)
    return `; target at least ${target.atLeast}, ${ratio >= target.atLeast ? 'met' : 'MISSED'}`;
  return `; target at most ${target.atMost}, ${ratio <= target.atMost ? 'met' : 'MISSED'}`;
}

function parseOptions() {
  try {
    return parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } });
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}
