import type { ThingStateRecord } from '../../model/tables.ts';
import type { AccountEntry } from '../../ports/account.ts';
import { copyValues, isLater, type LatestValue } from '../thing-state/latest-values.ts';
import { numberIn, textIn } from './account-members.ts';

export type AccountValue = { identifier: string; value: unknown; time: number };

/** What QueryDevicePropertyStatus tells of one module (protocol.md 7.4); properties without a value are left out. */
export function readValues(
  entries: readonly AccountEntry[],
  functionBlockId?: string,
): readonly AccountValue[] {
  return entries.flatMap((entry) => {
    const identifier = qualified(textIn(entry, 'Identifier'), functionBlockId);
    const time = numberIn(entry, 'Time');
    const value = valueIn(entry);
    if (identifier === '' || time === undefined || value === undefined) return [];
    return [{ identifier, time, value }];
  });
}

/** As devices post it: the account may leave out the module that it was asked for. */
export function qualified(identifier: string, functionBlockId: string | undefined): string {
  if (functionBlockId === undefined || identifier === '') return identifier;
  const prefix = `${functionBlockId}:`;
  return identifier.startsWith(prefix) ? identifier : `${prefix}${identifier}`;
}

/** Every value comes as text; one that is not of its type stays text. Undefined where there is none. */
export function valueIn(entry: AccountEntry): unknown {
  const text = entry['Value'];
  if (typeof text !== 'string') return undefined;
  const dataType = textIn(entry, 'DataType');
  if (TEXTS.has(dataType.toLowerCase())) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'date', '']);

/** It is under no message, and what a device says at the same time wins over it. */
const NO_MESSAGE = '0';

/**
 * The state with those values that are later than its own, or the state itself where none is. The device said
 * them elsewhere: here it has not been heard for that, nor is it online.
 */
export function mergeValues(
  state: ThingStateRecord | undefined,
  values: readonly AccountValue[],
  nowMs: number,
): ThingStateRecord | undefined {
  const properties = copyValues(state?.properties);
  let changed = false;
  for (const { identifier, value, time } of values) {
    const arrivedAtMs = Math.min(time, nowMs);
    const candidate = { value, time, messageId: NO_MESSAGE, arrivedAtMs };
    const present = properties[identifier];
    if (present && (wasMoved(candidate, present) || !isLater(candidate, present))) continue;
    properties[identifier] = candidate;
    changed = true;
  }
  return changed ? { properties, lastMessageAtMs: state?.lastMessageAtMs ?? 0 } : state;
}

/** By an earlier run: of a clock that runs ahead, less of its time had passed then. */
function wasMoved({ time }: LatestValue, present: LatestValue): boolean {
  return present.messageId === NO_MESSAGE && present.time === time;
}
