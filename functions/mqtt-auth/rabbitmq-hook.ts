import { ok, type Refusal, type Result, refuse } from '../../shared/model/failure.ts';
import type { Asking, Hook } from './hooks.ts';

/** What RabbitMQ asks about, as its four paths name it. */
type Question = (typeof QUESTIONS)[number];

export const QUESTIONS = ['user', 'vhost', 'resource', 'topic'] as const;

/**
 * The form, or query string, of rabbitmq_auth_backend_http. Where the path does not say what it is
 * about, the fields do. Refuses `malformed-request`.
 */
export function readRabbitmqHook(form: string, question: Question | undefined): Result<Hook> {
  const fields = new URLSearchParams(form);
  const asking: Asking = {
    username: fields.get('username') ?? '',
    clientId: fields.get('client_id') ?? fields.get('variable_map.client_id') ?? undefined,
  };
  switch (question ?? questionOf(fields)) {
    case 'user': {
      const password = fields.get('password') ?? undefined;
      return ok({ kind: 'login', ...asking, password, sourceIp: undefined });
    }
    case 'vhost':
      return ok({ kind: 'vhost', vhost: fields.get('vhost') ?? '' });
    case 'resource':
      return readResourceHook(fields, asking);
    case 'topic':
      return readTopicHook(fields, asking);
  }
}

function questionOf(fields: URLSearchParams): Question {
  if (fields.has('routing_key')) return 'topic';
  return fields.has('resource') ? 'resource' : 'vhost';
}

function readResourceHook(fields: URLSearchParams, asking: Asking): Result<Hook> {
  const permission = fields.get('permission');
  if (permission !== 'configure' && permission !== 'read' && permission !== 'write')
    return malformed('the permission is neither configure, read nor write');
  const resource = fields.get('resource') ?? '';
  return ok({ kind: 'resource', ...asking, resource, name: fields.get('name') ?? '', permission });
}

function readTopicHook(fields: URLSearchParams, asking: Asking): Result<Hook> {
  const routingKey = fields.get('routing_key');
  const permission = fields.get('permission');
  if (routingKey === null || fields.get('name') !== MQTT_EXCHANGE)
    return malformed(`the question is not about a topic of ${MQTT_EXCHANGE}`);
  if (permission !== 'read' && permission !== 'write')
    return malformed('the permission is neither read nor write');
  const action = permission === 'write' ? 'publish' : 'subscribe';
  return ok({ kind: 'topic', ...asking, topic: topicOfRoutingKey(routingKey), action });
}

/**
 * The plugin writes `/` as `.` and `+` as `*`. A `.` of the topic itself thus comes back as a slash:
 * docs/brokers.md.
 */
function topicOfRoutingKey(routingKey: string): string {
  return routingKey
    .split('.')
    .map((word) => (word === '*' ? '+' : word))
    .join('/');
}

/** Of rabbitmq_mqtt, unless it is told otherwise. */
export const MQTT_EXCHANGE = 'amq.topic';

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}
