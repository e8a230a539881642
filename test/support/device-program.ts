import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A program of test/sdk in a process of its own, with the line protocol of line-protocol.cjs. */
export type DeviceProgram = {
  /** Has it do something. */
  tell(command: string, ...args: unknown[]): void;
  /**
   * The value of the next event of this name, and of what `wanted` names, that nobody has taken yet.
   * Rejects, with what the program has said, when it ends before that.
   */
  next<T = unknown>(event: string, wanted?: Readonly<Record<string, unknown>>): Promise<T>;
  /** How many events of this name wait to be taken. */
  waiting(event: string): number;
  stop(): Promise<void>;
};

export type ProgramOptions = {
  /** File name in test/sdk, or the path of another one. */
  program: string;
  /** Runs the program; node unless it is named. */
  interpreter?: string;
  args?: readonly string[];
  /** What the program reads as its settings: an identity, mostly. */
  settings: Readonly<Record<string, unknown>>;
  /** `host:port` that connections to the platform's own address go to. */
  redirectTo?: string;
};

type Event = { event: string; value: unknown };

const SDK_FOLDER = join(import.meta.dirname, '../sdk');
const MOST_SAID_CHARACTERS = 4000;

/** Ends with the test. */
export function startDevice({
  program,
  interpreter = process.execPath,
  args = [],
  settings,
  redirectTo,
}: ProgramOptions): DeviceProgram {
  const preload = redirectTo === undefined ? [] : ['--require', './redirect.cjs'];
  const child = spawn(interpreter, [...preload, program, ...args], {
    cwd: SDK_FOLDER,
    env: {
      ...process.env,
      MOORING_TEST_DEVICE: JSON.stringify(settings),
      ...(redirectTo !== undefined && { MOORING_TEST_MQTT: redirectTo }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const inbox = createInbox();
  let said = '';
  const keep = (text: string) => {
    said = `${said}${text}\n`.slice(-MOST_SAID_CHARACTERS);
  };
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line.startsWith('{"event":')) inbox.put(JSON.parse(line) as Event);
    keep(line);
  });
  child.stderr.on('data', (chunk) => keep(String(chunk)));
  lines.on('close', () => inbox.close(() => new Error(`${program} ended; it said:\n${said}`)));
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(stop);
  return {
    tell: (...command) => void child.stdin.write(`${JSON.stringify(command)}\n`),
    next: async <T>(event: string, wanted: Readonly<Record<string, unknown>> = {}) =>
      (await inbox.take((one) => one.event === event && hasAll(one.value, wanted))).value as T,
    waiting: (event) => inbox.count((one) => one.event === event),
    stop,
  };
}

type Wanted = (event: Event) => boolean;

function createInbox() {
  const events: Event[] = [];
  const takers: { wanted: Wanted; resolve(event: Event): void; reject(error: Error): void }[] = [];
  let ended: (() => Error) | undefined;
  return {
    put(event: Event): void {
      const at = takers.findIndex(({ wanted }) => wanted(event));
      if (at < 0) events.push(event);
      else takers.splice(at, 1)[0]?.resolve(event);
    },
    take(wanted: Wanted): Promise<Event> {
      const at = events.findIndex(wanted);
      const [event] = at < 0 ? [] : events.splice(at, 1);
      if (event) return Promise.resolve(event);
      if (ended) return Promise.reject(ended());
      return new Promise((resolve, reject) => takers.push({ wanted, resolve, reject }));
    },
    count: (wanted: Wanted) => events.filter(wanted).length,
    close(error: () => Error): void {
      ended = error;
      for (const { reject } of takers.splice(0)) reject(error());
    },
  };
}

function hasAll(value: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  const members = new Map(Object.entries(Object(value)));
  return Object.entries(wanted).every(([name, expected]) => members.get(name) === expected);
}
