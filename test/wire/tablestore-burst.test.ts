import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTablestoreStore } from '../../shared/adapters/tablestore/tablestore-store.ts';

const AT_ONCE = 64;
const ROUNDS = 3;
/** Of the time that a request has, 3 s: two rounds of it are more. */
const HELD_MS = 2_000;

test('of a burst a request has its whole time once it is its turn', async () => {
  const { endpoint, waiting } = await startHoldingServer();
  const store = createTablestoreStore({
    endpoint,
    instance: 'mooring-test',
    credentials: () => ({ accessKeyId: 'LTAItest', accessKeySecret: 'hush' }),
    prefix: '',
    nowMs: () => 0,
  });
  onTestFinished(() => store.close());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const seen = store.table('seen');
  const burst = Array.from({ length: ROUNDS * AT_ONCE }, (_, index) =>
    seen.read({ partition: `device-${index}` }),
  );
  const outcomes = Promise.allSettled(burst);
  let asked = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    while (waiting.length < AT_ONCE) await wait(5);
    vi.advanceTimersByTime(HELD_MS);
    asked += waiting.length;
    for (const response of waiting.splice(0)) response.writeHead(403).end('no');
  }
  const reasons = (await outcomes).map((one) => one.status === 'rejected' && `${one.reason}`);
  expect(asked).toBe(ROUNDS * AT_ONCE);
  expect(new Set(reasons)).toEqual(
    new Set(['TablestoreError: Tablestore: getRow failed with 403']),
  );
}, 30_000);

/** Answers nothing of itself. */
async function startHoldingServer() {
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => waiting.push(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, waiting };
}
