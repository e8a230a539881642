import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { checkpointPath } from '../../../../../infra/cli/devices/import-checkpoint.ts';
import { lockImport } from '../../../../../infra/cli/devices/import-lock.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

const PROCESSES = 4;
const ROUNDS = 60;
const ROUND_MS = 15;

const MODULE = new URL('../../../../../infra/cli/devices/import-lock.ts', import.meta.url).href;

/** Told a time, takes one lock after the other from then on, and keeps them until it is told to end. */
const CONTENDER = `
const { once } = await import('node:events');
const { lockImport } = await import(${JSON.stringify(MODULE)});
console.log(process.pid);
const [startMs] = await once(process.stdin, 'data');
const outcomes = [];
for (let round = 0; round < ${ROUNDS}; round += 1) {
  while (Date.now() < Number(startMs) + round * ${ROUND_MS}) {}
  try {
    lockImport(process.argv[1], '/list-' + round);
    outcomes.push('won');
  } catch (error) {
    outcomes.push(error.message);
  }
}
console.log(JSON.stringify(outcomes));
await once(process.stdin.resume(), 'end');
`;

/** What each round brought each of the processes, and the processes. */
async function contend(dataDir: string): Promise<{ pids: string[]; outcomes: string[][] }> {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', CONTENDER];
  const contenders = Array.from({ length: PROCESSES }, () => {
    const child = spawn(process.execPath, [...args, dataDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return { stdin: child.stdin, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
  const nextLines = () => Promise.all(contenders.map(async ({ lines }) => lineOf(lines)));
  try {
    const pids = await nextLines();
    for (const { stdin } of contenders) stdin.write(String(Date.now() + 2 * ROUND_MS));
    const outcomes: string[][] = (await nextLines()).map((line) => JSON.parse(line));
    return { pids, outcomes };
  } finally {
    for (const { stdin } of contenders) stdin.end();
  }
}

async function lineOf(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error('a contender ended');
  return value;
}

const lockPath = (dataDir: string, file: string) => `${checkpointPath(dataDir, file)}.lock`;

/** Of a process that was killed. */
function leaveLock(path: string, pid: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, String(pid));
}

async function goneProcess(): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
  return Number(stdout);
}

describe('the lock of an import', () => {
  test.each(['new', 'dead'])(
    'of which many processes want a %s one at once is one process, and the others name it',
    async (kind) => {
      const dataDir = tempFolder();
      const gone = await goneProcess();
      for (let round = 0; kind === 'dead' && round < ROUNDS; round += 1) {
        leaveLock(lockPath(dataDir, `/list-${round}`), gone);
      }
      const { pids, outcomes } = await contend(dataDir);
      for (let round = 0; round < ROUNDS; round += 1) {
        const ofRound = outcomes.map((one) => one[round] ?? '');
        expect(ofRound.filter((outcome) => outcome === 'won')).toHaveLength(1);
        const lost = ofRound.filter((outcome) => outcome !== 'won');
        const holders = lost.map((one) => /^Process (\d+) is importing this/.exec(one)?.[1] ?? one);
        expect(pids).toEqual(expect.arrayContaining(holders));
      }
    },
  );

  test('is let go of, and leaves nothing behind', () => {
    const dataDir = tempFolder();
    lockImport(dataDir, '/list')();
    expect(readdirSync(join(dataDir, 'imports'))).toEqual([]);
  });

  test.each([1, 2])(
    'is had although a process was killed while it took one over, %i times in a row',
    async (times) => {
      const dataDir = tempFolder();
      const path = lockPath(dataDir, '/list');
      const gone = await goneProcess();
      for (let kill = 0; kill <= times; kill += 1) {
        leaveLock(`${path}${'.takeover'.repeat(kill)}`, gone);
      }
      lockImport(dataDir, '/list')();
      expect(readdirSync(join(dataDir, 'imports'))).toEqual([]);
    },
  );
});
