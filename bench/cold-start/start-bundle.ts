import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const RUNNER = join(process.cwd(), 'bench/cold-start/first-reply.cjs');

/** What one start took, and what came back. */
export type FirstReply = { elapsedMs: number; reply: string };

/** Starts node on a bundle with nothing of this process' environment but `env`; times it until its first reply. */
export async function startBundle(options: {
  bundle: string;
  eventFile: string;
  env: Record<string, string>;
}): Promise<FirstReply> {
  const { bundle, eventFile, env } = options;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [RUNNER, bundle, eventFile], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env,
  });
  const replies = child.stdio[3];
  if (!replies || !('read' in replies)) throw new Error('no pipe for the reply');
  let elapsedMs = Number.NaN;
  replies.once('readable', () => {
    elapsedMs = performance.now() - startedMs;
  });
  const exited = once(child, 'exit');
  const reply = await text(replies);
  await exited;
  return { elapsedMs, reply };
}
