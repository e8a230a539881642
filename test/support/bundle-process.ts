import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

type HttpCall = {
  method?: string;
  path: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
};

export type BundleProcess = {
  /** Resolves to the body of the reply. */
  call(request: HttpCall): Promise<Record<string, unknown>>;
  /** Files that the process has loaded with require or import, but for node's own and the bundle itself. */
  loaded(): Promise<string[]>;
  stop(): Promise<void>;
};

const DRIVER = `
const bundle = process.argv[1];
const { handler } = require(bundle);
const loaded = () => Object.keys(require.cache).filter((file) => file !== bundle);
process.on('message', ({ id, event }) => {
  const answer = event ? handler(event, {}) : Promise.resolve(loaded());
  answer.then((reply) => process.send({ id, reply }), (error) => process.send({ id, error: String(error) }));
});
`;

type Answer = { id: number; reply?: unknown; error?: string };

/** A built function in a process of its own, called as Lambda calls it behind an HTTP API. */
export function startBundle(path: string, env: Record<string, string>): BundleProcess {
  const file = join(import.meta.dirname, '../..', path);
  const child = spawn(process.execPath, ['-e', DRIVER, file], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk);
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  child.once('exit', () => {
    for (const settle of waiting.values()) settle({ id: 0, error: `the process ended: ${errors}` });
  });
  let lastId = 0;
  const ask = async (event?: unknown): Promise<unknown> => {
    lastId += 1;
    const id = lastId;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    child.send({ id, event });
    const { reply, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return reply;
  };
  return {
    call: async (request) => {
      const reply = (await ask(lambdaEvent(request))) as { body: string };
      return JSON.parse(reply.body) as Record<string, unknown>;
    },
    loaded: async () => (await ask()) as string[],
    stop: () => stop(child),
  };
}

function lambdaEvent({ method = 'POST', path, query = '', headers = {}, body = '' }: HttpCall) {
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' };
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: { http, requestId: 'r1' },
    body,
    isBase64Encoded: false,
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
