/** Who asks, as the broker knows it. */
export type Asking = {
  username: string;
  /** Whole. Undefined where RabbitMQ does not say: it is then no MQTT client. */
  clientId: string | undefined;
};

export type LoginHook = Asking & {
  kind: 'login';
  /** Undefined where there is none, as against an empty one. */
  password: string | undefined;
  /** Undefined where the broker does not tell. */
  sourceIp: string | undefined;
};

export type TopicHook = Asking & {
  kind: 'topic';
  /** With slashes, whatever the broker makes of them; a filter where it is to be subscribed to. */
  topic: string;
  action: 'publish' | 'subscribe';
};

type VhostHook = { kind: 'vhost'; vhost: string };

export type ResourceHook = Asking & {
  kind: 'resource';
  resource: string;
  name: string;
  permission: 'configure' | 'read' | 'write';
};

/** What a broker asks; the last two are RabbitMQ's alone. */
export type Hook = LoginHook | TopicHook | VhostHook | ResourceHook;

export type Broker = 'emqx' | 'rabbitmq';
