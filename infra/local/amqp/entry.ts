import type { Message } from '../../../shared/model/message.ts';

/** A message on its way to one consumer group. */
export type Entry = {
  message: Message;
  /** How often it was sent to a consumer that did not accept it. */
  deliveries: number;
  arrivedAtMs: number;
  place: Place;
};

/**
 * Where a message lies that must not be lost. `bus`: it is not settled there. `moving`: on its way
 * into the backlog, and still on the bus or in another chunk; `staysInUse` as GroupStore.secure has it.
 * `done`: nowhere, or in the backlog alone.
 */
export type Place =
  | { at: 'bus'; settle(): void }
  | { at: 'chunk'; chunk: Chunk }
  | { at: 'moving'; staysInUse: boolean }
  | { at: 'done' };

/** Messages that lie in the backlog under one key, until none of them is left. */
export type Chunk = { key: string; left: number };
