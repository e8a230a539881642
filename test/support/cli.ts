import { run } from '../../infra/cli/run.ts';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';

export type CliRun = { code: number; out: string; err: string };

/** Runs one command line in this process, with an environment and an input of its own. */
export async function runCli(
  args: readonly string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
): Promise<CliRun> {
  let out = '';
  let err = '';
  const terminal = {
    out: (result: string | Uint8Array) => {
      out += typeof result === 'string' ? result : Buffer.from(result).toString('latin1');
    },
    err: (text: string) => {
      err += text;
    },
    hasColor: false,
    readInput: async () => input,
  };
  const code = await run(args, { terminal, readConfig: () => readCliConfig(env) });
  return { code, out, err };
}
