import { type Started, startProcess } from './http/processes.ts';
import { ratiosOf } from './interleave.ts';
import { type Row, rowOf } from './row.ts';

/**
 * Messages a second that are taken from an AMQP 1.0 source, posted to a target and accepted: by our
 * forwarder, and by a bare rhea receiver that posts to the same target. Receiver on one core, source and
 * target on the other.
 */
export async function run(): Promise<Row[]> {
  const ends = await startProcess({ script: 'forwarder/source-and-target', core: 1 });
  const amqpPort = await ask(ends, '/ports');
  const start = (script: string, address: string, window: number, ...more: string[]) =>
    startProcess({
      script: `forwarder/${script}`,
      args: [String(amqpPort), String(ends.port), address, String(window), ...more],
      core: 0,
    });
  const started = await Promise.all([
    start('bare-receiver', 'bare', CALLS),
    start('mooring-forwarder', 'body', CALLS, 'body'),
    start('mooring-forwarder', 'batch', DEFAULT_WINDOW, 'batch'),
  ]);
  try {
    const secondsOf = (address: string) => () =>
      ask(ends, `/run?address=${address}&count=${MESSAGES}`);
    const baseline = secondsOf('bare');
    const rows: Row[] = [];
    for (const { address, name, target } of OURS) {
      const ours = secondsOf(address);
      for (let warmUp = 0; warmUp < 2; warmUp += 1) {
        await baseline();
        await ours();
      }
      const ratios = (await ratiosOf(baseline, ours, ROUNDS)).filter(Number.isFinite);
      rows.push(rowOf({ name, baseline: BASELINE, target, ratios }));
    }
    return rows;
  } finally {
    for (const one of [...started, ends]) await one.stop();
  }
}

const ROUNDS = 9;
const MESSAGES = process.env['MOORING_BENCH_SMALL'] === '1' ? 500 : 5000;
/** At a time, on both sides. */
const CALLS = 100;
const DEFAULT_WINDOW = 1000;
const BASELINE = 'a bare rhea receiver that posts each body to the same target';

const OURS = [
  {
    address: 'body',
    name: 'Messages forwarded over HTTP, one in a call',
    target: { atLeast: 0.8 },
  },
  {
    address: 'batch',
    name: 'Messages forwarded over HTTP, up to 100 in a call',
    target: undefined,
  },
];

async function ask({ port }: Started, path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return Number(await response.text());
}
