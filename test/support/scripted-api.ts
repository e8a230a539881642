import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from './loopback.ts';

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
    const form = new URLSearchParams(await text(request));
    forms.push(form);
    const answer = await script(form, forms.length);
    if (answer === 'hang-up') request.socket.destroy();
    else if (answer !== 'silence') response.writeHead(answer.status).end(answer.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  return { ...(await listenOnLoopback(server)), forms };
}

export function answerOf(members: object, status = 200): ScriptedAnswer {
  return { status, body: JSON.stringify({ RequestId: 'R', ...members }) };
}
