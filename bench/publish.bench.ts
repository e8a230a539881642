import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbBus } from '../shared/adapters/lmdb/lmdb-bus.ts';
import type { Message } from '../shared/model/message.ts';
import type { MessageBus } from '../shared/ports/message-bus.ts';
import { ratiosOf, timed } from './interleave.ts';
import { median, type Row, rowOf } from './row.ts';

const PUBLISHERS = 64;
const ROUNDS = 7;
const MESSAGES = process.env['MOORING_BENCH_SMALL'] === '1' ? 5_000 : 30_000;

const aMessage: Message = {
  messageId: '1700000000000000001',
  kind: 'property',
  topic: '/a1BcDeFgHiJ/device-00000001/thing/event/property/post',
  productKey: 'a1BcDeFgHiJ',
  deviceName: 'device-00000001',
  iotId: 'k7RfEBkrUxRnMNh0xJ3i000100',
  generateTimeMs: 1_700_000_000_000,
  transport: 'http',
  body: new Uint8Array(400).fill(32),
};

const publishAll = (bus: MessageBus) => async () => {
  let left = MESSAGES;
  const line = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await bus.publish(aMessage);
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, line));
};

/** Publishing with every group flushed to disk, against handing it to the page cache. */
export const run = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-bench-'));
  const open = (sync: 'flush' | 'commit') =>
    createLmdbBus({ path: join(folder, sync), nowMs: Date.now, sync });
  const [flush, commit] = [open('flush'), open('commit')];
  const rates: number[] = [];
  const measured = (bus: MessageBus) => async (): Promise<number> => {
    const perSecond = MESSAGES / (await timed(publishAll(bus)));
    if (bus === flush) rates.push(perSecond);
    return perSecond;
  };
  await publishAll(flush)();
  await publishAll(commit)();
  const ratios = await ratiosOf(measured(flush), measured(commit), ROUNDS);
  await Promise.all([flush.close(), commit.close()]);
  rmSync(folder, { recursive: true, force: true });
  return [
    rowOf({
      name: `publish with sync=flush, messages a second from ${PUBLISHERS} publishers`,
      baseline: 'publish with sync=commit',
      target: undefined,
      ratios,
      note: `${Math.round(median(rates))} flushed messages a second`,
    }),
  ];
};
