import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createRabbitmqBus } from '../../shared/adapters/rabbitmq/rabbitmq-bus.ts';
import { aMessage } from '../contract/messages.ts';
import { captureLog } from '../support/captured-log.ts';
import { runCli } from '../support/cli.ts';
import { sendUntilBroken } from '../support/load-client.ts';
import { numberedPost, prepareSenders } from '../support/numbered-senders.ts';
import { startPumpProcess } from '../support/pump-process.ts';
import { clearBus, inspectQueue } from '../support/rabbitmq-bus.ts';
import {
  hasRabbitmq,
  NO_HOOKS,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../support/rabbitmq-server.ts';
import { expectRecordedOnce } from '../support/recorded-times.ts';
import { readDemo, startStackProcess } from '../support/stack-process.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_TIMEOUT_MS = 180_000;
const TEST_MS = 180_000;
const PATIENCE = { timeout: 60_000, interval: 50 };
const CONNECTIONS = 16;
const POSTS = 2000;
const CONSUMERS = ['thing-recorder', 'shadow-updater', 'subscriptions'];

describe.skipIf(!hasRabbitmq())(
  'the local stack on RabbitMQ (Debian package rabbitmq-server)',
  () => {
    let server: RabbitmqServer;
    let env: Record<string, string>;

    beforeAll(async () => {
      const build = join(ROOT, 'infra/build/build.mjs');
      expect(spawnSync(process.execPath, [build], { encoding: 'utf8' }).stderr).toBe('');
      server = await startRabbitmqServer(NO_HOOKS);
      env = { MOORING_BUS: server.amqpUrl };
    }, START_TIMEOUT_MS);
    afterAll(() => server?.stop());

    const startStack = async (dataDir: string) => {
      await clearBus(server.amqpUrl, CONSUMERS);
      const stack = await startStackProcess(dataDir, env);
      onTestFinished(stack.kill);
      return { ...stack, http: stack.endpoints['http'] ?? '' };
    };

    test(
      'shares its messages with functions in another process, and records each once',
      async () => {
        const dataDir = tempFolder();
        const stack = await startStack(dataDir);
        const pump = await startPumpProcess('dist/lmdb', { ...env, MOORING_DATA_DIR: dataDir });
        onTestFinished(pump.kill);
        const consumers = async () =>
          (await inspectQueue(server.amqpUrl, 'mooring.thing-recorder')).consumerCount;
        await vi.waitFor(async () => expect(await consumers()).toBe(2), PATIENCE);
        const senders = await prepareSenders(dataDir, 200, env);
        const answered = new Map<number, string>();
        let sent = 0;
        const next = () => {
          if (sent === POSTS) return undefined;
          const number = sent;
          sent += 1;
          return { number, bytes: numberedPost(senders[number % senders.length], number) };
        };
        const send = () =>
          sendUntilBroken(Number(new URL(stack.http).port), next, (number, body) => {
            const sender = senders[number % senders.length];
            if (body.startsWith('{"code":0')) answered.set(number, sender?.deviceName ?? '');
          });
        await Promise.all(Array.from({ length: CONNECTIONS }, send));
        expect(answered.size).toBe(POSTS);
        const demo = await readDemo(dataDir);
        await vi.waitFor(() => expectRecordedOnce(stack.http, demo, answered), PATIENCE);
        expect([await pump.terminate(), await stack.terminate()]).toEqual([0, 0]);
      },
      TEST_MS,
    );

    test(
      'is watched by mooring tail, and keeps its metrics without the broker',
      async () => {
        const dataDir = tempFolder();
        const stack = await startStack(dataDir);
        const [sender] = await prepareSenders(dataDir, 1, env);
        const lines = startTail(env);
        const postOnce = async () => {
          const requests = [{ number: 1, bytes: numberedPost(sender, 1) }];
          const port = Number(new URL(stack.http).port);
          await sendUntilBroken(
            port,
            () => requests.pop(),
            () => undefined,
          );
        };
        await vi.waitFor(async () => {
          await postOnce();
          expect(lines.join('\n')).toContain('/killed-0/thing/event/property/post ');
        }, PATIENCE);

        const metrics = async () => (await fetch(`${stack.http}/metrics`)).text();
        expect(await metrics()).toContain(
          'mooring_bus_backlog_messages{consumer="thing-recorder"} ',
        );
        await server.kill();
        expect(await metrics()).not.toContain('mooring_bus_backlog_messages{');
        await server.killAndRestart();
        expect(await stack.terminate()).toBe(0);
      },
      TEST_MS,
    );

    test(
      'leaves no messages in its folder, and mooring says where they are',
      async () => {
        const dataDir = tempFolder();
        await startStack(dataDir);
        const { err, code } = await runCli(['tail', '--data-dir', dataDir]);
        expect([code, err]).toEqual([
          1,
          `mooring: ${dataDir} holds no messages. If its stack has them on a RabbitMQ, set MOORING_BUS as it does.\n`,
        ]);
      },
      TEST_MS,
    );

    test(
      'has its dead letters listed and replayed',
      async () => {
        await clearBus(server.amqpUrl, CONSUMERS);
        const bus = createRabbitmqBus({ url: server.amqpUrl, nowMs: Date.now, log: captureLog() });
        onTestFinished(() => bus.close());
        const dead = [
          { messageId: '11', reason: 'no room' },
          { messageId: '12', reason: 'no room' },
        ];
        const consumption = bus.consume('thing-recorder', async () => dead, { retryDelaysMs: [] });
        for (const { messageId } of dead) await bus.publish(aMessage(messageId));
        const backlog = () => bus.backlog('thing-recorder');
        await vi.waitFor(async () => expect(await backlog()).toMatchObject({ dead: 2 }), PATIENCE);
        await consumption.stop();

        const ofRecorder = ['--consumer', 'thing-recorder'];
        const listed = await runCli(['dead-letters', 'list', ...ofRecorder], { env });
        expect(listed).toMatchObject({ code: 0, err: '' });
        expect(listed.out.match(/property\/post \d+/g)).toEqual([
          'property/post 11',
          'property/post 12',
        ]);
        expect(listed.out).toMatch(/ {4}given up \S+Z after 1 attempts: no room\n/);
        const one = [...ofRecorder, '--message-id', '12'];
        expect(await runCli(['dead-letters', 'replay', ...one], { env })).toMatchObject({
          out: '1 message goes to thing-recorder again.\n',
        });
        expect(await runCli(['dead-letters', 'replay', ...ofRecorder], { env })).toMatchObject({
          out: '1 messages go to thing-recorder again.\n',
        });
        expect(await backlog()).toEqual({ unread: 0, retrying: 2, dead: 0 });
      },
      TEST_MS,
    );

    test(
      'is not found where there is no broker, and the password is not shown',
      async () => {
        const nowhere = { MOORING_BUS: 'amqp://mooring:my-own@127.0.0.1:1' };
        const list = ['dead-letters', 'list', '--consumer', 'thing-recorder'];
        for (const command of [list, ['tail']]) {
          const { code, err } = await runCli(command, { env: nowhere });
          expect(code).toBe(1);
          expect(err).toContain(
            'mooring: RabbitMQ cannot be reached: connect ECONNREFUSED 127.0.0.1:1; check MOORING_BUS.\n',
          );
          expect(err).not.toContain('my-own');
        }
      },
      TEST_MS,
    );
  },
);

/** What `mooring tail` prints, as it is built. */
function startTail(env: Record<string, string>): string[] {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/mooring.js'), 'tail'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return lines;
}
