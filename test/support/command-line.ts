import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../../infra/cli/main.ts', import.meta.url));
const LOADER = import.meta.resolve('tsx');

/** What stands for the built command, so that tests need no build. */
const MOORING_COMMAND = [process.execPath, '--import', LOADER, MAIN] as const;

/** `env` comes on top of this process's own. */
export function spawnMooring(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const [node, ...rest] = MOORING_COMMAND;
  return spawn(node, [...rest, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
}

/**
 * Runs a shell script in a folder, with `npx mooring` standing for the command of this tree.
 * Rejects where a line of it fails.
 */
export async function runScript(script: string, cwd: string): Promise<string> {
  const command = MOORING_COMMAND.map((word) => `'${word}'`).join(' ');
  const prelude = `set -euo pipefail\nnpx() { shift; ${command} "$@"; }\n`;
  const { stdout } = await promisify(execFile)('bash', ['-c', `${prelude}${script}`], { cwd });
  return stdout;
}
