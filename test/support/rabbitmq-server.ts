import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from './free-ports.ts';

export type RabbitmqServer = {
  /** Of its internal user, who may do everything. */
  amqpUrl: string;
  mqttPort: number;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGKILL, and up again on the same data; resolves when AMQP and MQTT are served. */
  killAndRestart(): Promise<void>;
  /** Its own command for operators. */
  control(...args: string[]): Promise<void>;
  stop(): Promise<void>;
};

/** Where nobody asks hooks, as the user is the broker's own. */
export const NO_HOOKS = 'http://127.0.0.1:1';

/** Of Debian's package, beside whose command for everybody, which would change the user, it lies. */
const RELEASES = '/usr/lib/rabbitmq/lib';
/** Of erlang-base, with which RabbitMQ comes: where its nodes find each other. */
const EPMD = 'epmd';
const READY_TIMEOUT_MS = 90_000;
const POLL_MS = 100;

export function hasRabbitmq(): boolean {
  return findServer() !== undefined;
}

function findServer(): string | undefined {
  if (!existsSync(RELEASES)) return undefined;
  return readdirSync(RELEASES)
    .map((release) => join(RELEASES, release, 'sbin/rabbitmq-server'))
    .find((server) => existsSync(server));
}

/** A broker with the MQTT plugin that asks the hooks at `hooks` (an origin) whom to let in. */
export async function startRabbitmqServer(hooks: string, token = ''): Promise<RabbitmqServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-rabbitmq-'));
  const [epmdPort = 0, distPort = 0, amqpPort = 0, mqttPort = 0] = await findFreePorts(4);
  const ports = { epmdPort, distPort, amqpPort, mqttPort };
  await writeFiles(folder, ports, hookPaths(hooks, token));
  // In the foreground: RabbitMQ would start one that stays behind.
  const epmd = spawn(EPMD, ['-port', String(epmdPort), '-address', '127.0.0.1'], {
    stdio: 'ignore',
  });
  let broker = await startBroker(folder, ports).catch(async (error: unknown) => {
    await end(epmd, 'SIGTERM');
    throw error;
  });
  return {
    amqpUrl: `amqp://${USER}:${PASSWORD}@127.0.0.1:${amqpPort}`,
    mqttPort,
    kill: () => end(broker, 'SIGKILL'),
    killAndRestart: async () => {
      await end(broker, 'SIGKILL');
      broker = await startBroker(folder, ports);
    },
    control: async (...args) => {
      const command = join(dirname(findServer() ?? ''), 'rabbitmqctl');
      const env = { ...nodeEnvironment(folder, ports), PATH: process.env['PATH'] };
      const [code] = await once(spawn(command, args, { env, stdio: 'ignore' }), 'exit');
      if (code !== 0) throw new Error(`rabbitmqctl ${args.join(' ')} ended with ${code}`);
    },
    stop: async () => {
      await end(broker, 'SIGKILL');
      await end(epmd, 'SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Ports = { epmdPort: number; distPort: number; amqpPort: number; mqttPort: number };

const USER = 'mooring';
const PASSWORD = 'mooring-secret';

/** What docs/brokers.md tells to configure, on loopback. */
async function writeFiles(folder: string, { amqpPort, mqttPort }: Ports, hooks: readonly string[]) {
  const conf = [
    `listeners.tcp.1 = 127.0.0.1:${amqpPort}`,
    `mqtt.listeners.tcp.1 = 127.0.0.1:${mqttPort}`,
    'mqtt.allow_anonymous = false',
    'mqtt.subscription_ttl = 604800000',
    `default_user = ${USER}`,
    `default_pass = ${PASSWORD}`,
    'auth_backends.1 = internal',
    'auth_backends.2 = http',
    'auth_http.http_method = post',
    ...hooks,
    'log.console = false',
    '',
  ];
  await mkdir(join(folder, 'home'));
  await writeFile(join(folder, 'rabbitmq.conf'), conf.join('\n'));
  await writeFile(
    join(folder, 'enabled_plugins'),
    '[rabbitmq_mqtt,rabbitmq_auth_backend_http,rabbitmq_amqp1_0].\n',
  );
}

function hookPaths(hooks: string, token: string): readonly string[] {
  const query = token === '' ? '' : `?token=${token}`;
  return [
    `auth_http.user_path = ${hooks}/mqtt/auth/user${query}`,
    `auth_http.vhost_path = ${hooks}/mqtt/acl/vhost${query}`,
    `auth_http.resource_path = ${hooks}/mqtt/acl/resource${query}`,
    `auth_http.topic_path = ${hooks}/mqtt/acl/topic${query}`,
  ];
}

async function startBroker(folder: string, ports: Ports): Promise<ChildProcess> {
  const broker = spawn(findServer() ?? '', [], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      ...nodeEnvironment(folder, ports),
      PATH: process.env['PATH'],
      RABBITMQ_DIST_PORT: String(ports.distPort),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      ERL_CRASH_DUMP: join(folder, 'erl_crash.dump'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
      // Then the script becomes the server, and the process is ours to end.
      RUNNING_UNDER_SYSTEMD: 'true',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
  });
  for (const port of [ports.mqttPort, ports.amqpPort]) await untilServed(port, broker, folder);
  return broker;
}

/** By which the commands find the node. */
function nodeEnvironment(folder: string, { epmdPort }: Ports): Record<string, string> {
  return {
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: 'mooring-test@localhost',
  };
}

async function untilServed(port: number, broker: ChildProcess, folder: string): Promise<void> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  while (!(await isServed(port))) {
    if (broker.exitCode !== null || broker.signalCode !== null || Date.now() > deadlineMs) {
      await end(broker, 'SIGKILL');
      const log = join(folder, 'log/mooring-test@localhost.log');
      const lines = await readFile(log, 'utf8').catch(() => 'it wrote no log');
      throw new Error(`RabbitMQ does not start:\n${lines.slice(-3000)}`);
    }
    await sleep(POLL_MS);
  }
}

function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
