import { parseMqttUsername } from '../../shared/core/signing/mqtt-username.ts';
import { refuseTopic, type Topic } from '../../shared/core/topic/parse-topic.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { ConnectedDevices } from './connected-devices.ts';
import type { ResourceHook } from './hooks.ts';
import { MQTT_EXCHANGE } from './rabbitmq-hook.ts';

/*
 * RabbitMQ routes by keys in which `.` stands for the slash of a topic, so that `/pk/dn.x/user/get` and
 * `/pk/dn/x/user/get` are one key. A name with a dot therefore has no way in behind it.
 */

/** Refuses names with a `.`, in a username or found behind an iotId, as `login-unsupported`. */
export function refuseDots(...names: readonly string[]): Result<void> {
  if (!names.some((name) => name.includes('.'))) return ok(undefined);
  const reason =
    'behind RabbitMQ a "." stands for "/": product keys and device names with one are not served there';
  return refuse({ kind: 'login-unsupported', reason });
}

/** The names in a username. An AMQP username or an iotId has none, and may have dots. */
export function namesIn(username: string): readonly string[] {
  const name = parseMqttUsername(username);
  return name.ok ? [name.value.productKey, name.value.deviceName] : [];
}

/**
 * Of a topic only such as have behind the device what the platform has there: `x/user/get` may have been
 * sent as a topic of another device, `dn.x`. Wildcards may cover more; the downlink sends nothing there.
 */
export function refuseForeign(topic: Topic, asked: string): Result<void> {
  const levels = FIRST_LEVELS[topic.family];
  if (levels === undefined || !('suffix' in topic)) return ok(undefined);
  const [first = ''] = topic.suffix.split('/');
  if (levels.has(first) || WILDCARDS.has(first)) return ok(undefined);
  return refuseTopic(
    asked,
    'behind RabbitMQ it may be the topic of a device with a "." in its name',
  );
}

/** Empty is `/ext/rrpc/+`. */
const WILDCARDS: ReadonlySet<string> = new Set(['+', '#', '']);
const CUSTOM_LEVELS: ReadonlySet<string> = new Set(['user', 'get', 'update']);

/** Protocol.md 3.10, 4.2. The other families end with the device, or are not of one. */
const FIRST_LEVELS: Readonly<Partial<Record<Topic['family'], ReadonlySet<string>>>> = {
  custom: CUSTOM_LEVELS,
  rrpc: CUSTOM_LEVELS,
  sys: new Set(['thing', '_thing', 'rrpc', 'dev', 'broadcast']),
  session: new Set(['combine']),
  ntp: new Set(['request', 'response']),
};

/** The plugin has one of its own for everybody. */
export function checkVhost(vhost: string): Result<void> {
  return vhost === '/' ? ok(undefined) : denied(`the vhost ${vhost.slice(0, LONGEST_SHOWN)}`);
}

/** What the MQTT plugin does on behalf of a device: its own queues, and the exchange of topics. */
export async function checkResource(
  hook: ResourceHook,
  device: DeviceRecord,
  devices: ConnectedDevices,
): Promise<Result<void>> {
  const { resource, name, permission } = hook;
  const shown = `${permission} of ${resource} ${name}`.slice(0, LONGEST_SHOWN);
  if (resource === 'exchange')
    return name === MQTT_EXCHANGE && permission !== 'configure' ? ok(undefined) : denied(shown);
  const clientId = hook.clientId ?? (await devices.clientIdOf(device));
  const isOwn = resource === 'queue' && clientId !== undefined && isQueueOf(name, clientId);
  return isOwn ? ok(undefined) : denied(shown);
}

function isQueueOf(name: string, clientId: string): boolean {
  return (
    name === `mqtt-subscription-${clientId}qos0` ||
    name === `mqtt-subscription-${clientId}qos1` ||
    name === `mqtt-will-${clientId}`
  );
}

function denied(what: string): Result<void> {
  return refuse({ kind: 'topic-refused', topic: what, reason: 'not for devices' });
}

const LONGEST_SHOWN = 200;
