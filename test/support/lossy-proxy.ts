import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from './loopback.ts';

export type LossyProxy = {
  endpoint: string;
  /** Of the next `count` calls of that operation the answer is lost, after they have been carried out. */
  loseAnswers(operation: string, count: number): void;
  lost(): number;
  /** The next `count` calls of that operation are answered that there is no such table, and go no further. */
  missTable(operation: string, count: number): void;
  stop(): Promise<void>;
};

/** Stands between a client and DynamoDB on loopback. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  let losing = { operation: '', count: 0 };
  let missing = { operation: '', count: 0 };
  let lost = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1];
    if (operation === missing.operation && missing.count > 0) {
      missing.count -= 1;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(NO_TABLE);
      return;
    }
    const answer = await forward(target, request);
    if (operation === losing.operation && losing.count > 0) {
      losing.count -= 1;
      lost += 1;
      response.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(answer.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    ...(await listenOnLoopback(server)),
    loseAnswers: (operation, count) => {
      losing = { operation, count };
    },
    lost: () => lost,
    missTable: (operation, count) => {
      missing = { operation, count };
    },
  };
}

const NO_TABLE = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
  message: 'Requested resource not found',
});

async function forward(target: string, request: IncomingMessage) {
  const headers: Record<string, string> = {};
  for (const name of ['authorization', 'content-type', 'x-amz-date', 'x-amz-target']) {
    headers[name] = String(request.headers[name]);
  }
  const reply = await fetch(target, { method: 'POST', headers, body: await buffer(request) });
  return { status: reply.status, body: Buffer.from(await reply.arrayBuffer()) };
}
