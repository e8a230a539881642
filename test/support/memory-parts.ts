import { createHash } from 'node:crypto';
import { createMemoryBus } from '../../shared/adapters/memory/memory-bus.ts';
import {
  createMemoryDownlink,
  type MemoryDownlink,
} from '../../shared/adapters/memory/memory-downlink.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import { createLocalAnswers } from '../../shared/core/answers/local-answers.ts';
import { createKeyRing, type KeyRing } from '../../shared/core/keys/key-ring.ts';
import {
  createMessageIdSource,
  type MessageIdSource,
} from '../../shared/core/message-id/message-id-source.ts';
import { createSealing, type Sealing } from '../../shared/core/sealing/sealing.ts';
import { createOwnShadows } from '../../shared/core/shadow/own-shadows.ts';
import type { Answers } from '../../shared/ports/answers.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import type { Shadows } from '../../shared/ports/shadows.ts';
import type { Store } from '../../shared/ports/table.ts';
import { later } from '../../shared/runtime/wait.ts';
import { type CapturedLog, captureLog } from './captured-log.ts';
import { createCounter, createTestClock, type TestClock } from './test-clock.ts';

/** What functions are wired from, in memory: the clock stands still and randomness repeats. */
export type MemoryParts = {
  clock: TestClock;
  nowMs: () => number;
  store: Store;
  bus: MessageBus;
  downlink: MemoryDownlink;
  answers: Answers;
  newMessageId: MessageIdSource;
  shadows: Shadows;
  sealing: Sealing;
  tokenKeys: KeyRing;
  randomBytes: (size: number) => Uint8Array;
  log: CapturedLog;
};

export function createMemoryParts(): MemoryParts {
  const clock = createTestClock();
  const { nowMs } = clock;
  const randomBytes = createSeededBytes('memory-parts');
  const store = createMemoryStore({ nowMs });
  return {
    clock,
    nowMs,
    store,
    downlink: createMemoryDownlink(),
    answers: createLocalAnswers(later),
    newMessageId: createMessageIdSource({
      seen: store.table('seen'),
      nowMs,
      randomInteger: createCounter(),
    }),
    bus: createMemoryBus({ nowMs }),
    shadows: createOwnShadows({ store }),
    sealing: createSealing(createKeyRing([testKey('sealing')]), randomBytes),
    tokenKeys: createKeyRing([testKey('token')]),
    randomBytes,
    log: captureLog(),
  };
}

/** 32 bytes that follow from the name. */
export function testKey(name: string): Uint8Array {
  return createHash('sha256').update(name).digest();
}

/** Another one on every call, the same ones on every run. */
export function createSeededBytes(seed: string): (size: number) => Uint8Array {
  let calls = 0;
  return (size) => {
    calls += 1;
    const hash = createHash('shake256', { outputLength: size });
    return hash.update(`${seed}/${calls}`).digest();
  };
}
