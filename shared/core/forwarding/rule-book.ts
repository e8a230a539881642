import type { ForwardingRule } from '../../model/forwarding.ts';
import type { Log } from '../../ports/log.ts';
import type { Later } from './batches.ts';

/** The rules as they were read last. */
export type RuleBook = {
  rules(): readonly ForwardingRule[];
  stop(): void;
};

type RuleBookOptions = {
  /** In the order in which they are asked. */
  read(): Promise<readonly ForwardingRule[]>;
  /** Told behind each reading that brought a change. */
  onChange(rules: readonly ForwardingRule[]): void;
  later: Later;
  log: Log;
};

/** Reads the rules, and again every 10 s. Rejects where the first reading fails; later, the rules before stay. */
export async function openRuleBook(options: RuleBookOptions): Promise<RuleBook> {
  const { read, onChange, later, log } = options;
  let current = await read();
  let callOff: () => void = () => undefined;
  let isStopped = false;
  const readAgain = async (): Promise<void> => {
    const latest = keepSame(current, await read());
    const isChanged = latest.some((rule, index) => rule !== current[index]);
    if (!isChanged && latest.length === current.length) return;
    current = latest;
    log.info({ rules: current.map(({ name }) => name) }, 'the forwarding rules have changed');
    onChange(current);
  };
  const schedule = (): void => {
    callOff = later(() => {
      readAgain()
        .catch((error: unknown) => log.error({ error }, 'the forwarding rules cannot be read'))
        .finally(() => {
          if (!isStopped) schedule();
        });
    }, REFRESH_MS);
  };
  schedule();
  return {
    rules: () => current,
    stop: () => {
      isStopped = true;
      callOff();
    },
  };
}

/** A rule that has not changed stays the same object: batches are gathered by it. */
function keepSame(
  known: readonly ForwardingRule[],
  latest: readonly ForwardingRule[],
): readonly ForwardingRule[] {
  const before = new Map(known.map((rule) => [textOf(rule), rule]));
  return latest.map((rule) => before.get(textOf(rule)) ?? rule);
}

/** Stores may give members back in another order. */
function textOf({ target, ...rule }: ForwardingRule): string {
  return JSON.stringify([entriesOf(rule), entriesOf(target)]);
}

const entriesOf = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

const REFRESH_MS = 10_000;
