import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { functionUrlEvent } from './cold-start/function-url-event.ts';
import { prepareIdentityRequests } from './cold-start/identity-requests.ts';
import { startBundle } from './cold-start/start-bundle.ts';
import { prepareFleet } from './http/fleet.ts';
import { median, type Row, rowOf } from './row.ts';

/**
 * Process start to first reply of the bundles that are deployed, against a bundle that says hello
 * to the same event: what of a cold start is ours.
 */
export async function run(): Promise<Row[]> {
  for (const store of STORES) execFileSync(process.execPath, [BUILD, '--store', store]);
  // In the repository, so that the folder is on a disk and not in memory; bench/run.mjs made .build.
  const folder = await mkdtemp(join(ROOT, '.build/cold-start-'));
  try {
    const starts = await prepareStarts(folder);
    return [...rowsOf(starts, await measureRounds(starts)), ...STORES.flatMap(sizeRows)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Set by bench/run.mjs. */
const ROOT = process.cwd();
const BUILD = join(ROOT, 'infra/build/build.mjs');
const STORES = ['memory', 'lmdb'] as const;
const FUNCTIONS = [
  'device-auth',
  'topic-ingest',
  'device-register',
  'certificate-distributor',
] as const;
const ROUNDS = 41;
const MOST_MS_OVER = 20;
const MOST_KB = 80;
const BASELINE = 'hello-world bundle';

type Store = (typeof STORES)[number];
type FunctionName = (typeof FUNCTIONS)[number];

type Start = {
  name: FunctionName | 'hello-world';
  store: Store | undefined;
  bundle: string;
  /** By round: a request for a certificate is good once. */
  eventFiles: readonly string[];
  env: Record<string, string>;
  /** What its reply has to hold, or something else was measured. */
  expected: string;
};

/** Devices that are signed in and that are not, in an lmdb folder whose keys the memory bundles use as well. */
async function prepareStarts(folder: string): Promise<readonly Start[]> {
  const { auth, topic } = await prepareFleet(folder, 1);
  const { register, certificate } = await prepareIdentityRequests(folder);
  const env = { MOORING_DATA_DIR: folder };
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) => round);
  const eventFiles = {
    'device-auth': [await writeEvent(folder, 'auth.json', auth[0])],
    'topic-ingest': [await writeEvent(folder, 'topic.json', topic[0])],
    'device-register': [await writeEvent(folder, 'register.json', register)],
    'certificate-distributor': await Promise.all(
      rounds.map((round) =>
        writeEvent(folder, `certificate-${round}.json`, certificate(`r${round}`)),
      ),
    ),
  };
  const hello: Start = {
    name: 'hello-world',
    store: undefined,
    bundle: await buildHelloWorld(folder),
    eventFiles: eventFiles['device-auth'],
    env,
    expected: 'hello /auth',
  };
  const ours = STORES.flatMap((store) =>
    FUNCTIONS.map((name) => ({
      name,
      store,
      bundle: bundlePath(store, name),
      eventFiles: eventFiles[name],
      env,
      expected: FIRST_REPLIES[store][name],
    })),
  );
  return [hello, ...ours];
}

const codeText = (code: number): string => `\\"code\\":${code},`;

/** A memory store is empty at the start of a process: no device is known there, however right its sign or token. */
const FIRST_REPLIES: Readonly<Record<Store, Record<FunctionName, string>>> = {
  memory: {
    'device-auth': codeText(20000),
    'topic-ingest': codeText(20003),
    'device-register': codeText(6250),
    'certificate-distributor': codeText(6600),
  },
  lmdb: {
    'device-auth': codeText(0),
    'topic-ingest': codeText(0),
    'device-register': codeText(200),
    'certificate-distributor': '\\"deviceSecret\\":',
  },
};

const NOTES: Readonly<Record<Store, string>> = {
  memory: 'no store adapter loaded; the store is empty, so that the first reply is a refusal',
  lmdb: 'the first reply is a success, from the records of a data folder and flushed to it',
};

function bundlePath(store: Store, name: FunctionName): string {
  return join(ROOT, 'dist', store, name, 'index.js');
}

async function writeEvent(folder: string, name: string, request?: Buffer): Promise<string> {
  if (!request) throw new Error('the fleet has no device');
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(functionUrlEvent(request)));
  return file;
}

/** With the options of infra/build/build.mjs. */
async function buildHelloWorld(folder: string): Promise<string> {
  const outfile = join(folder, 'hello-world.cjs');
  await build({
    entryPoints: [join(ROOT, 'bench/cold-start/hello-world.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
  });
  return outfile;
}

/** Every start once a round, in an order that reverses; round 0 brings the files into memory. */
async function measureRounds(starts: readonly Start[]): Promise<ReadonlyMap<Start, number[]>> {
  const elapsed = new Map(starts.map((start): [Start, number[]] => [start, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const start of round % 2 === 0 ? starts : starts.toReversed()) {
      const eventFile = start.eventFiles[round] ?? start.eventFiles[0] ?? '';
      const { elapsedMs, reply } = await startBundle({ ...start, eventFile });
      if (!reply.includes(start.expected)) throw new Error(`${start.bundle} answered ${reply}`);
      if (round > 0) elapsed.get(start)?.push(elapsedMs);
    }
  }
  return elapsed;
}

function rowsOf([hello, ...ours]: readonly Start[], elapsed: ReadonlyMap<Start, number[]>): Row[] {
  const baseline = (hello && elapsed.get(hello)) ?? [];
  return ours.map((start) => {
    const times = elapsed.get(start) ?? [];
    const [oursMs, helloMs] = [median(times), median(baseline)];
    const compared = `${oursMs.toFixed(1)} ms against ${helloMs.toFixed(1)} ms`;
    return rowOf({
      name: `start of ${start.name} to its first reply, store ${start.store}`,
      baseline: BASELINE,
      unit: 'ms over baseline',
      target: start.store === 'memory' ? { atMost: MOST_MS_OVER } : undefined,
      ratios: times.map((ms, round) => ms - (baseline[round] ?? helloMs)),
      note: `${compared}, ratio ${(oursMs / helloMs).toFixed(2)}; ${NOTES[start.store ?? 'memory']}`,
    });
  });
}

function sizeRows(store: Store): Row[] {
  return FUNCTIONS.map((name) =>
    rowOf({
      name: `bundle of ${name}, store ${store}, minified`,
      baseline: 'nothing',
      unit: 'kB',
      target: { atMost: MOST_KB },
      ratios: [statSync(bundlePath(store, name)).size / 1000],
    }),
  );
}
