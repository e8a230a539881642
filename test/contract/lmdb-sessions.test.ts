import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSessions, type Sessions } from '../../shared/adapters/lmdb/lmdb-sessions.ts';
import { tempFolder } from '../support/temp-folder.ts';

let path: string;
let sessions: Sessions;

const SESSION = {
  iotId: 'iot-1',
  filters: ['/pk/dn/user/get'],
  persistent: true,
  connectedAtMs: 1,
  clientIp: '127.0.0.1',
};
const CLOSED = { ...SESSION, connectedAtMs: null };

beforeEach(async () => {
  path = tempFolder();
  sessions = await open();
});

afterEach(async () => {
  await sessions.close();
});

function fail(error: unknown): never {
  throw error;
}

function open(): Promise<Sessions> {
  return openSessions({ path, sync: 'flush', onFault: fail });
}

async function reopen(): Promise<void> {
  await sessions.close();
  sessions = await open();
}

function message(text: string, expiresAtMs = Number.MAX_SAFE_INTEGER) {
  return { topic: '/pk/dn/user/get', payload: Buffer.from(text), expiresAtMs };
}

function textsOf(device: string, after = 0): string[] {
  return sessions.queued(device, after, 100).map(({ payload }) => Buffer.from(payload).toString());
}

test('a session is there again after the folder was opened anew', async () => {
  await sessions.write('pk/dn', SESSION);
  await reopen();
  expect(sessions.read('pk/dn')).toEqual(SESSION);
  expect(sessions.read('pk/other')).toBeUndefined();
});

test('messages wait in the order in which they came, also across a restart', async () => {
  await sessions.enqueue('pk/dn', message('1'));
  await sessions.enqueue('pk/dn', message('2'));
  await reopen();
  await sessions.enqueue('pk/dn', message('3'));
  expect(textsOf('pk/dn')).toEqual(['1', '2', '3']);
});

test('a message that the device has does not come again, and those of others stay', async () => {
  const first = await sessions.enqueue('pk/dn', message('1'));
  await sessions.enqueue('pk/dn', message('2'));
  await sessions.enqueue('pk/dn1', message('of another'));
  sessions.dequeue('pk/dn', first);
  await reopen();
  expect(textsOf('pk/dn')).toEqual(['2']);
  expect(textsOf('pk/dn1')).toEqual(['of another']);
});

test('what lies behind a place in the line is found by it', async () => {
  const first = await sessions.enqueue('pk/dn', message('1'));
  await sessions.enqueue('pk/dn', message('2'));
  expect(textsOf('pk/dn', first)).toEqual(['2']);
});

test('clearing takes everything that waits for one device', async () => {
  await sessions.enqueue('pk/dn', message('1'));
  await sessions.enqueue('pk/dn-2', message('2'));
  await sessions.clear('pk/dn');
  expect(textsOf('pk/dn')).toEqual([]);
  expect(textsOf('pk/dn-2')).toEqual(['2']);
});

test('a sweep removes what has expired, a slice at a time, and goes round', async () => {
  for (const text of ['1', '2', '3']) await sessions.enqueue('pk/dn', message(text, 100));
  await sessions.enqueue('pk/dn', message('kept', 200));
  await sessions.sweep(150, 2);
  expect(textsOf('pk/dn')).toEqual(['3', 'kept']);
  await sessions.sweep(150, 2);
  expect(textsOf('pk/dn')).toEqual(['kept']);
  await sessions.sweep(150, 2);
  await sessions.sweep(250, 2);
  expect(textsOf('pk/dn')).toEqual([]);
});

test('a session that is noted is read at once, and is there after a close', async () => {
  sessions.note('pk/dn', { ...SESSION, filters: [] });
  sessions.note('pk/dn', SESSION);
  expect(sessions.read('pk/dn')).toEqual(SESSION);
  await reopen();
  expect(sessions.read('pk/dn')).toEqual(SESSION);
});

test('what is written after it was noted stands', async () => {
  sessions.note('pk/dn', { ...SESSION, filters: [] });
  await sessions.write('pk/dn', SESSION);
  await reopen();
  expect(sessions.read('pk/dn')).toEqual(SESSION);
});

test('a device that comes and goes at once leaves its session as it was', async () => {
  await sessions.write('pk/dn', CLOSED);
  sessions.note('pk/dn', { ...CLOSED, connectedAtMs: 5 });
  sessions.note('pk/dn', CLOSED);
  expect(sessions.read('pk/dn')).toEqual(CLOSED);
  await sessions.flush();
  await reopen();
  expect(sessions.read('pk/dn')).toEqual(CLOSED);
});

test('a device that goes with other filters than it came with has them afterwards', async () => {
  await sessions.write('pk/dn', { ...SESSION, connectedAtMs: null });
  const changed = { ...SESSION, filters: ['/pk/dn/user/other'], connectedAtMs: null };
  sessions.note('pk/dn', changed);
  await reopen();
  expect(sessions.read('pk/dn')).toEqual(changed);
});

/** How far a write has come after so many turns differs from run to run: one of them meets its commit. */
async function waitTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

const ROUNDS = 150;
const MOST_TURNS = 12;

test('a device that goes while its coming is being written counts as gone', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const device = `pk/dn${round}`;
    await sessions.write(device, CLOSED);
    sessions.note(device, SESSION);
    const flushed = sessions.flush();
    await waitTurns(round % MOST_TURNS);
    sessions.note(device, CLOSED);
    await flushed;
    await sessions.flush();
  }
  await reopen();
  expect([...sessions.connected()]).toEqual([]);
});

/** As a device comes, subscribes and goes, with flushes under way. */
const STEPS = fc.array(
  fc.record({
    call: fc.constantFrom('note', 'note', 'note', 'write', 'flush'),
    session: fc.constantFrom(SESSION, CLOSED, { ...CLOSED, filters: [] }),
    turns: fc.constantFrom(0, 3, 30, 300),
  }),
  { minLength: 4, maxLength: 8 },
);

test('whatever comes while something is being written, the last of it stands', async () => {
  const histories = fc.sample(STEPS, 1000);
  for (const [index, steps] of histories.entries()) {
    const device = `pk/dn${index}`;
    const written = [sessions.write(device, CLOSED)];
    for (const { call, session, turns } of steps) {
      if (call === 'note') sessions.note(device, session);
      else written.push(call === 'write' ? sessions.write(device, session) : sessions.flush());
      await waitTurns(turns);
    }
    await Promise.all(written);
  }
  await reopen();
  for (const [index, steps] of histories.entries()) {
    const last = steps.findLast(({ call }) => call !== 'flush')?.session ?? CLOSED;
    expect(sessions.read(`pk/dn${index}`), JSON.stringify(steps)).toEqual(last);
  }
});

test('a device that goes back to what it was, while something else is being written, is as it was', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const device = `pk/dn${round}`;
    await sessions.write(device, CLOSED);
    sessions.note(device, { ...CLOSED, filters: [] });
    const flushed = sessions.flush();
    await waitTurns(round % MOST_TURNS);
    sessions.note(device, SESSION);
    await flushed;
    sessions.note(device, CLOSED);
  }
  await reopen();
  for (let round = 0; round < ROUNDS; round += 1) {
    expect(sessions.read(`pk/dn${round}`)).toEqual(CLOSED);
  }
});

test('a flush waits for what an earlier one is still writing', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const device = `pk/dn${round}`;
    sessions.note(device, SESSION);
    void sessions.flush();
    await waitTurns(round % MOST_TURNS);
    await sessions.flush();
    expect([...sessions.connected()].map(([one]) => one)).toContain(device);
  }
});

test('sessions whose connection was not closed can be told from the others', async () => {
  await sessions.write('pk/cut-off', SESSION);
  await sessions.write('pk/closed', { ...SESSION, connectedAtMs: null });
  await reopen();
  expect([...sessions.connected()].map(([device]) => device)).toEqual(['pk/cut-off']);
});
