import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLmdbBus, type LmdbBus } from '../../../../shared/adapters/lmdb/lmdb-bus.ts';
import type { Message } from '../../../../shared/model/message.ts';
import { runCli } from '../../../support/cli.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const CONSUMER = 'thing-recorder';
const LIST = ['dead-letters', 'list', '--consumer', CONSUMER];
const REPLAY = ['dead-letters', 'replay', '--consumer', CONSUMER];

test('dead letters are listed with their reason, and one of them is replayed', async () => {
  const { dataDir, bus } = await folderWithDead(['11', '12', '13']);
  const env = { MOORING_DATA_DIR: dataDir };

  const listed = await runCli(LIST, { env });
  expect(listed.out.split('\n').filter((line) => line.startsWith('20'))).toEqual(
    ['11', '12', '13'].map(
      (id) => `2023-11-14T22:13:20.000Z uplink   /pk/dn/user/update ${id} {"n":1}`,
    ),
  );
  expect(listed.out).toMatch(/\n {4}given up \S+Z after 1 attempts: no room\n/);

  const replayed = await runCli([...REPLAY, '--message-id', '12'], { env });
  expect(replayed).toMatchObject({ code: 0, out: '1 message goes to thing-recorder again.\n' });
  expect(await bus.backlog(CONSUMER)).toMatchObject({ dead: 2, retrying: 1 });
  await bus.close();
});

test('all dead letters are replayed at once', async () => {
  const { dataDir, bus } = await folderWithDead(['11', '12']);
  const replayed = await runCli(REPLAY, { env: { MOORING_DATA_DIR: dataDir } });
  expect(replayed).toMatchObject({ code: 0, out: '2 messages go to thing-recorder again.\n' });
  expect(await bus.backlog(CONSUMER)).toMatchObject({ dead: 0, retrying: 2 });
  await bus.close();
});

test('the list can be cut and narrowed to one message', async () => {
  const { dataDir, bus } = await folderWithDead(['11', '12', '13']);
  const env = { MOORING_DATA_DIR: dataDir };
  const cut = await runCli([...LIST, '--limit', '2'], { env });
  expect(cut.out.match(/user\/update \d+/g)).toEqual(['user/update 11', 'user/update 12']);
  const narrowed = await runCli([...LIST, '--message-id', '13'], { env });
  expect(narrowed.out.match(/user\/update \d+/g)).toEqual(['user/update 13']);
  await bus.close();
});

test('a reason cannot steer the terminal', async () => {
  const { dataDir, bus } = await folderWithDead(['11'], 'bad \u001b[2J text');
  const listed = await runCli(LIST, { env: { MOORING_DATA_DIR: dataDir } });
  expect(listed.out).toContain('after 1 attempts: bad ?[2J text\n');
  await bus.close();
});

/** A data folder whose messages a consumer has given up on at once. */
async function folderWithDead(
  ids: readonly string[],
  reason = 'no room',
): Promise<{ dataDir: string; bus: LmdbBus }> {
  const dataDir = tempFolder();
  mkdirSync(join(dataDir, 'tables'));
  const bus = createLmdbBus({ path: join(dataDir, 'bus'), nowMs: () => Date.now() });
  for (const id of ids) await bus.publish(messageOf(id));
  const consumption = bus.consume(
    CONSUMER,
    async (batch) => batch.map(({ messageId }) => ({ messageId, reason })),
    { retryDelaysMs: [] },
  );
  await expect.poll(async () => (await bus.backlog(CONSUMER)).dead).toBe(ids.length);
  await consumption.stop();
  return { dataDir, bus };
}

function messageOf(messageId: string): Message {
  return {
    messageId,
    kind: 'uplink',
    topic: '/pk/dn/user/update',
    productKey: 'pk',
    deviceName: 'dn',
    iotId: 'iot',
    generateTimeMs: 1_700_000_000_000,
    transport: 'http',
    body: Buffer.from('{"n":1}'),
  };
}
