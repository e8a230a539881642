import fc, { type Arbitrary } from 'fast-check';
import type { Request } from '../../../shared/model/http.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { Target } from './target.ts';

/** Hooks and guided sign-ins with the right names in them, none of which says anything that is right. */
export function mqttAttempts(target: Target): Arbitrary<Attempt> {
  const { weak } = target.fleet;
  const username = `${weak.deviceName}&${weak.productKey}`;
  const fields = fc
    .record(
      {
        username: fc.oneof(fc.constant(username), fc.constant(weak.iotId), fc.string()),
        clientid: clientIds(),
        client_id: clientIds(),
        password: fc.oneof(fc.constant('0'.repeat(40)), fc.string({ unit: 'binary' })),
        productKey: fc.constant(weak.productKey),
        deviceName: fc.constant(weak.deviceName),
        clientId: fc.string(),
        sign: fc.oneof(fc.constant('0'.repeat(32)), fc.string()),
        topic: fc.oneof(fc.constant('/sys/other/device/thing/model/up_raw'), fc.string()),
        action: fc.constantFrom('publish', 'subscribe', 'all'),
        vhost: fc.constantFrom('other', ''),
        resource: fc.constantFrom('queue', 'exchange', 'topic', ''),
        name: fc.oneof(fc.constantFrom('amq.topic', 'amq.fanout'), fc.string()),
        permission: fc.constantFrom('read', 'write', 'configure', ''),
        routing_key: fc.oneof(fc.constant('.sys.other.device.thing.model.up_raw'), fc.string()),
      },
      { requiredKeys: [] },
    )
    .filter((asked) => !isOfExchange(asked));
  return fc
    .record({ path: fc.constantFrom(...PATHS), fields, isJson: fc.boolean() })
    .map(({ path, fields, isJson }) => attempt(requestOf(path, fields, isJson), 'nobody asks so'));
}

/** What any device may: the exchange carries the topics of them all. */
function isOfExchange({ resource, name, permission }: Asked): boolean {
  const isNamed = resource === 'exchange' && name === 'amq.topic';
  return isNamed && (permission === 'read' || permission === 'write');
}

type Asked = Partial<Record<'resource' | 'name' | 'permission', string>>;

const PATHS = [
  ...['/auth/devicename', '/mqtt/auth', '/mqtt/auth/user', '/mqtt/acl'],
  ...['/mqtt/acl/vhost', '/mqtt/acl/resource', '/mqtt/acl/topic'],
];

function clientIds(): Arbitrary<string> {
  const parameter = fc.constantFrom(
    ...['securemode=-1', 'securemode=-2', 'securemode=2', 'securemode=8', 'authType=register'],
    ...['authType=regnwl', 'authType=connwl', 'authtype=id2', 'random=1', 'signmethod=hmacsha1'],
    ...['timestamp=1', 'ext=3', 'ext=x', ',', '|'],
  );
  return fc
    .tuple(fc.string({ unit: 'binary' }), fc.array(parameter, { maxLength: 6 }))
    .map(([id, parameters]) => `${id}|${parameters.join(',')}|`);
}

function requestOf(
  path: string,
  fields: Partial<Record<string, string>>,
  isJson: boolean,
): Request {
  const sent = Object.entries(fields).map(([name, value]): [string, string] => [name, value ?? '']);
  const form = new URLSearchParams(sent).toString();
  const contentType = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    method: 'POST',
    path,
    query: '',
    headers: { 'content-type': contentType },
    body: Buffer.from(isJson ? JSON.stringify(fields) : form),
    sourceIp: '192.0.2.7',
    requestId: 'mqtt-1',
  };
}
