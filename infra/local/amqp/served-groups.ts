import { findConsumerGroup } from '../../../shared/core/subscriptions/consumer-groups.ts';
import {
  GROUP_STATUS_LIFE_MS,
  writeGroupStatus,
} from '../../../shared/core/subscriptions/group-status.ts';
import type { GroupStatusRecord } from '../../../shared/model/tables.ts';
import type { GroupBacklog } from '../../../shared/ports/group-backlog.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Store } from '../../../shared/ports/table.ts';
import { type AcceptedRates, createAcceptedRates } from './accepted-rates.ts';
import {
  type ConsumerGroup,
  createConsumerGroup,
  type GroupOptions,
  KEPT_MS,
} from './consumer-group.ts';
import { createGroupStore, type GroupStore } from './group-store.ts';
import { createPace } from './pace.ts';
import { repeat } from './repeat.ts';

type ServedGroup = ConsumerGroup & {
  clients: Set<ServedClient>;
  /** Messages in the backlog. */
  waiting(): number;
};

export type ServedClient = {
  clientId: string;
  address: string;
  onlineAtMs: number;
  rates: AcceptedRates;
  /** The group is no more. */
  dismiss(): void;
};

export type ServedGroups = {
  of(groupId: string): ServedGroup;
  entries(): Iterable<[groupId: string, group: ServedGroup]>;
  /** Puts what is under way into the backlog. */
  stop(): Promise<void>;
};

export type ServedGroupsOptions = {
  backlog: GroupBacklog;
  store: Store;
  /** Messages from the backlog, of each group. */
  backlogPerSecond: number;
  nowMs: () => number;
  log: Log;
} & Pick<GroupOptions, 'isBusCrowded'>;

type Serving = ServedGroup & {
  held: GroupStore;
  rates: AcceptedRates;
  resetAtMs: number;
  told: { text: string; atMs: number };
};

const TICK_MS = 100;
/** How long a deleted group or a reset position may go unseen. */
const WATCH_MS = 1000;
const TELL_MS = 1000;
/** What has not changed is told again before it expires. */
const TELL_AGAIN_MS = GROUP_STATUS_LIFE_MS / 3;
const EXPIRE_MS = 60_000;
/** One stack serves a data folder. */
const PROCESS = 'local-stack';

/** The consumer groups that have messages or consumers, each with its own queue and its own pace. */
export function createServedGroups(options: ServedGroupsOptions): ServedGroups {
  const { backlog, log, nowMs } = options;
  const groups = new Map<string, Serving>();
  const counts = new Map(backlog.counts());
  const of = (groupId: string): Serving => {
    const known = groups.get(groupId);
    if (known) return known;
    const group = serve(groupId, counts.get(groupId) ?? 0, options);
    counts.delete(groupId);
    groups.set(groupId, group);
    return group;
  };
  for (const groupId of [...counts.keys()]) of(groupId);

  const tick = () => {
    for (const group of groups.values()) group.tick();
  };
  const expire = async () => {
    for (const { held } of groups.values()) await held.expire(nowMs() - KEPT_MS);
  };
  const failed = (error: unknown) =>
    log.error({ error }, 'the state of the consumer groups cannot be looked after');
  const chores = [
    repeat(TICK_MS, tick, failed),
    repeat(WATCH_MS, () => watch(groups, options), failed),
    repeat(TELL_MS, () => tell(groups, options), failed),
    repeat(EXPIRE_MS, expire, failed),
  ];
  return {
    of,
    entries: () => groups.entries(),
    async stop() {
      await Promise.all(chores.map((chore) => chore.stop()));
      await Promise.all([...groups.values()].map((group) => group.close()));
    },
  };
}

function serve(groupId: string, count: number, options: ServedGroupsOptions): Serving {
  const { backlog, backlogPerSecond, nowMs, isBusCrowded, log } = options;
  const held = createGroupStore({ groupId, backlog, count, log });
  const rates = createAcceptedRates(nowMs);
  const pace = createPace(backlogPerSecond, nowMs);
  const group = createConsumerGroup({
    store: held,
    pace,
    nowMs,
    isBusCrowded,
    count: rates.count,
  });
  return {
    ...group,
    clients: new Set(),
    held,
    rates,
    resetAtMs: 0,
    told: { text: '', atMs: 0 },
    waiting: held.count,
  };
}

/** Sees that groups are deleted, and that positions are reset. */
async function watch(
  groups: Map<string, Serving>,
  { store, log }: ServedGroupsOptions,
): Promise<void> {
  for (const [groupId, group] of groups) {
    const found = await findConsumerGroup(groupId, store);
    if (!found.ok) {
      groups.delete(groupId);
      for (const { dismiss } of group.clients) dismiss();
      await group.drop();
      log.info(
        { consumerGroupId: groupId },
        'a consumer group was deleted, and its messages are dropped',
      );
    } else if (found.value.resetAtMs > group.resetAtMs) {
      group.resetAtMs = found.value.resetAtMs;
      group.dropBefore(group.resetAtMs);
      await group.held.expire(group.resetAtMs);
    }
  }
}

async function tell(
  groups: ReadonlyMap<string, Serving>,
  { store, nowMs }: ServedGroupsOptions,
): Promise<void> {
  const atMs = nowMs();
  const expiresAtMs = atMs + GROUP_STATUS_LIFE_MS;
  for (const [groupId, group] of groups) {
    const status = statusOf(group);
    const text = JSON.stringify(status);
    if (text === group.told.text && atMs - group.told.atMs < TELL_AGAIN_MS) continue;
    await writeGroupStatus(status, { groupId, process: PROCESS, store, expiresAtMs });
    group.told = { text, atMs };
  }
}

function statusOf({ rates, clients, waiting }: Serving): GroupStatusRecord {
  return {
    accumulated: waiting(),
    ...rates.perMinute(),
    lastConsumedAtMs: rates.lastAtMs(),
    clients: [...clients].map(({ clientId, address, onlineAtMs, rates: own }) => ({
      clientId,
      address,
      onlineAtMs,
      ...own.perMinute(),
    })),
  };
}
