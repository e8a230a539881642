import { onTestFinished } from 'vitest';
import type { Consumer, Membership } from '../../infra/local/amqp/consumer.ts';
import { type ConsumerGroup, createConsumerGroup } from '../../infra/local/amqp/consumer-group.ts';
import type { Entry } from '../../infra/local/amqp/entry.ts';
import { createGroupStore, type GroupStore } from '../../infra/local/amqp/group-store.ts';
import { createPace } from '../../infra/local/amqp/pace.ts';
import { openLmdbGroupBacklog } from '../../shared/adapters/lmdb/lmdb-group-backlog.ts';
import type { GroupBacklog } from '../../shared/ports/group-backlog.ts';
import { aMessage } from '../contract/messages.ts';
import { tempFolder } from './temp-folder.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

export type TestGroup = {
  group: ConsumerGroup;
  store: GroupStore;
  /** The disk under it; `isBroken` has every write fail. */
  disk: { isBroken: boolean };
  clock: { nowMs: number };
  /** Ids that the bus need not keep any longer. */
  settled: string[];
  /** As the bus does. */
  offer(...messageIds: string[]): void;
  /** A consumer with room for so many; accepts nothing by itself. */
  join(room: number): TestMember;
  /** Lets the time pass in ticks of 100 ms. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
};

type TestMember = Membership & {
  /** Sent and with no outcome yet, oldest first. */
  out: Entry[];
  /** Ids of all that was sent. */
  sent: string[];
  forgotten: string[];
  acceptAll(): void;
  room: number;
};

/** A group over a backlog on the disk, and a clock that stands. */
export async function openTestGroup(
  options: {
    path?: string;
    nowMs?: number;
    backlogPerSecond?: number;
    isBusCrowded?: () => boolean;
  } = {},
): Promise<TestGroup> {
  const { path = tempFolder(), nowMs: startMs = 1_000_000, backlogPerSecond = 1000 } = options;
  const { isBusCrowded = () => false } = options;
  const clock = { nowMs: startMs };
  const nowMs = () => clock.nowMs;
  const opened = await openLmdbGroupBacklog({ path, sync: 'commit', nowMs });
  const disk = { isBroken: false };
  const { backlog, written } = watchWrites(opened, disk);
  const count = backlog.counts().get('g') ?? 0;
  const store = createGroupStore({ groupId: 'g', backlog, count, log: SILENT });
  const pace = createPace(backlogPerSecond, nowMs);
  const group = createConsumerGroup({ store, pace, nowMs, isBusCrowded, count: () => undefined });
  const settled: string[] = [];
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await group.close();
    await backlog.close();
  };
  onTestFinished(close);
  const rest = async () => {
    for (let turns = 0; turns < 5; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await written();
    }
  };
  return {
    group,
    store,
    disk,
    clock,
    settled,
    close,
    offer(...messageIds) {
      for (const messageId of messageIds) {
        const message = { ...aMessage(messageId), generateTimeMs: clock.nowMs };
        group.offer({ message, settle: () => void settled.push(messageId) });
      }
    },
    join: (room) => joinGroup(group, room),
    async pass(ms) {
      await rest();
      for (let passed = 0; passed < ms; passed += 100) {
        clock.nowMs += 100;
        group.tick();
        await rest();
      }
    },
  };
}

/** `written` resolves when no write is under way. */
function watchWrites(backlog: GroupBacklog, disk: TestGroup['disk']) {
  let writing: Promise<unknown> = Promise.resolve();
  const watch = <T>(work: () => Promise<T>): Promise<T> => {
    const done = disk.isBroken ? Promise.reject(new Error('the disk is full')) : work();
    writing = done.catch(() => undefined);
    return done;
  };
  const watched: GroupBacklog = {
    ...backlog,
    write: (change) => watch(() => backlog.write(change)),
    clear: (...which) => watch(() => backlog.clear(...which)),
  };
  return { backlog: watched, written: () => writing };
}

function joinGroup(group: ConsumerGroup, room: number): TestMember {
  const out: Entry[] = [];
  const sent: string[] = [];
  const forgotten: string[] = [];
  const consumer: Consumer = {
    hasRoom: () => member.room > 0,
    send(entry) {
      member.room -= 1;
      out.push(entry);
      sent.push(entry.message.messageId);
    },
    forget(entry) {
      out.splice(out.indexOf(entry), 1);
      forgotten.push(entry.message.messageId);
    },
    count: () => undefined,
  };
  const member: TestMember = {
    out,
    sent,
    forgotten,
    room,
    ready: () => undefined,
    accepted: () => undefined,
    returned: () => undefined,
    leave: () => undefined,
    acceptAll() {
      for (const entry of out.splice(0)) member.accepted(entry);
    },
  };
  return Object.assign(member, group.join(consumer));
}
