import type { ConnectDevice } from '../../shared/core/mqtt/connection.ts';
import { mayPublish } from '../../shared/core/topic/may-publish.ts';
import { maySubscribe } from '../../shared/core/topic/may-subscribe.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { AmqpLogins } from './amqp-logins.ts';
import { claimClientId } from './claim-client-id.ts';
import type { ConnectedDevices } from './connected-devices.ts';
import type { Broker, Hook, LoginHook, TopicHook } from './hooks.ts';
import { checkResource, checkVhost, namesIn, refuseDots, refuseForeign } from './rabbitmq-rules.ts';

export type DecideParts = {
  connectDevice: ConnectDevice;
  devices: ConnectedDevices;
  amqpLogins: AmqpLogins;
  store: Store;
  log: Log;
};

/** Allows, or says why not. */
export async function decide(
  hook: Hook,
  broker: Broker,
  parts: DecideParts,
): Promise<Result<void>> {
  if (hook.kind === 'vhost') return checkVhost(hook.vhost);
  if (hook.kind === 'login' && hook.clientId === undefined)
    return decideAmqpLogin(hook, parts.amqpLogins);
  const named = checkDots(broker, ...namesIn(hook.username));
  if (!named.ok) return named;
  if (hook.kind === 'login') return decideLogin(hook, broker, parts);
  const device = await parts.devices.find(hook);
  if (!device.ok) return device;
  const { productKey, deviceName } = device.value;
  const dotless = checkDots(broker, productKey, deviceName);
  if (!dotless.ok) return dotless;
  if (hook.kind === 'resource') return checkResource(hook, device.value, parts.devices);
  const topic = topicAllowed(hook, device.value);
  if (!topic.ok) return topic;
  return broker === 'rabbitmq' ? refuseForeign(topic.value, hook.topic) : ok(undefined);
}

function checkDots(broker: Broker, ...names: readonly string[]): Result<void> {
  return broker === 'rabbitmq' ? refuseDots(...names) : ok(undefined);
}

function topicAllowed({ topic, action }: TopicHook, device: Parameters<typeof mayPublish>[1]) {
  return action === 'publish' ? mayPublish(topic, device) : maySubscribe(topic, device);
}

function decideAmqpLogin(
  { username, password }: LoginHook,
  amqpLogins: AmqpLogins,
): Promise<Result<void>> {
  return password === undefined
    ? amqpLogins.withoutPassword(username)
    : amqpLogins.withPassword(username, password);
}

async function decideLogin(
  { username, clientId = '', password, sourceIp }: LoginHook,
  broker: Broker,
  { connectDevice, devices, log, store }: DecideParts,
): Promise<Result<void>> {
  // As of a TLS certificate that the broker has checked: no device signs in that way here.
  if (password === undefined) return refuse({ kind: 'token-absent' });
  const connected = await connectDevice({
    clientId,
    username,
    password,
    // With the client id for an address, a stranger cannot block a device whose client id he does not know.
    sourceIp: sourceIp ?? `client ${clientId.slice(0, LONGEST_SHOWN)}`,
    isPrivate: false,
  });
  if (!connected.ok) return connected;
  if (connected.value.kind !== 'device') throw new Error('a registration behind a hook');
  const { device, variant } = connected.value;
  const { productKey, deviceName } = device;
  const dotless = checkDots(broker, productKey, deviceName);
  if (!dotless.ok) return dotless;
  if (variant !== 'submitted')
    log.info({ device: `${productKey}/${deviceName}`, variant }, 'unusual signature');
  const claimed = await claimClientId(clientId, device, store);
  if (!claimed.ok) return claimed;
  await devices.connected(device, clientId);
  return ok(undefined);
}

const LONGEST_SHOWN = 128;
