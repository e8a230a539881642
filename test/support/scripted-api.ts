import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `silence` keeps the client waiting, `hang-up` closes the connection without an answer. */
export type ScriptedAnswer = { status: number; body: string } | 'silence' | 'hang-up';

/** An answer to the form of a call, of which this is the `count`th, from 1. */
export type Script = (
  form: URLSearchParams,
  count: number,
) => ScriptedAnswer | Promise<ScriptedAnswer>;

export type ScriptedApi = {
  endpoint: string;
  forms: readonly URLSearchParams[];
  stop(): Promise<void>;
};

/** Something that is called like an account's OpenAPI and answers as a test says. */
export async function startScriptedApi(script: Script): Promise<ScriptedApi> {
  const forms: URLSearchParams[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    forms.push(form);
    const answer = await script(form, forms.length);
    if (answer === 'hang-up') request.socket.destroy();
    else if (answer !== 'silence') response.writeHead(answer.status).end(answer.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forms,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function answerOf(members: object, status = 200): ScriptedAnswer {
  return { status, body: JSON.stringify({ RequestId: 'R', ...members }) };
}
