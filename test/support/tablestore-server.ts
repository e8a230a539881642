import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from './loopback.ts';
import type { HeldTable } from './tablestore/held-table.ts';
import { encode, messages } from './tablestore/messages.ts';
import { type Instance, OPERATIONS } from './tablestore/operations.ts';
import { Refused } from './tablestore/refused.ts';
import { type Account, checkCall } from './tablestore/signature.ts';

export type TablestoreServer = {
  endpoint: string;
  account: Account;
  /** What stands in it, read from the wire. */
  tables: ReadonlyMap<string, HeldTable>;
  /** Operations that came, refused ones too. */
  operations: string[];
  /** What becomes of the next calls, one each. */
  faults: Fault[];
  stop(): Promise<void>;
};

/** An answer before anything is done; or the call is carried out, and its answer lost or broken off. */
type Fault = { status: number; code: string } | 'lost' | 'broken';

const MOST_BODY_BYTES = 5 * 1024 * 1024;

/** A Tablestore instance on loopback; what it proves and what not is in docs/operations.md. */
export async function startTablestoreServer(
  options: { mostScanned?: number } = {},
): Promise<TablestoreServer> {
  const account: Account = {
    instance: 'mooring-test',
    accessKeyId: `LTAI${randomUUID().slice(0, 8)}`,
    accessKeySecret: randomUUID(),
  };
  const instance: Instance = { tables: new Map(), mostScanned: options.mostScanned ?? 5_000 };
  const operations: string[] = [];
  const faults: Fault[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const path = request.url ?? '';
    operations.push(path.slice(1));
    const fault = faults.shift();
    const reply = await replyTo(() => {
      if (typeof fault === 'object')
        throw new Refused(fault.status, fault.code, 'As the test wants it.');
      checkCall(account, { path, headers: request.headers, body });
      if (body.length > MOST_BODY_BYTES) throw new Refused(413, 'OTSRequestBodyTooLarge', '5 MB.');
      const operation = request.method === 'POST' ? OPERATIONS[path.slice(1)] : undefined;
      if (operation) return operation(instance, body);
      throw new Refused(400, 'OTSUnsupportOperation', `Unsupported operation: '${path}'.`);
    });
    if (fault === 'lost') return void response.destroy();
    if (fault === 'broken') return breakOff(response);
    response.writeHead(reply.status, { 'x-ots-requestid': randomUUID() }).end(reply.body);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  return {
    ...(await listenOnLoopback(server)),
    account,
    tables: instance.tables,
    operations,
    faults,
  };
}

type Reply = { status: number; body: Uint8Array };

/** What the server cannot read is the fault of the call: refused, and never a success. */
async function replyTo(act: () => Uint8Array): Promise<Reply> {
  try {
    return { status: 200, body: act() };
  } catch (error) {
    const { status, code, message } =
      error instanceof Refused ? error : new Refused(400, 'OTSParameterInvalid', String(error));
    return { status, body: encode(messages.Error, { code, message }) };
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' });
  response.write('half', () => response.destroy());
}
