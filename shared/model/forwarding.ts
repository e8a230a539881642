/**
 * Where the messages of some topics go. Of several rules that match a message, the first decides: by
 * `priority`, lower first, then by name.
 */
export type ForwardingRule = {
  name: string;
  /** 0 to 1000. */
  priority: number;
  /** Of the topic that the message has on the wire (protocol.md 8.3), with `+` and `#` as in MQTT. */
  topicFilter: string;
  /** Of the topic's product; null: of any. */
  productKey: string | null;
  target: FunctionTarget;
  /** `batch`: an array of messages with what they carry; `body`: the body of one message alone, as the platform's rule engine calls functions. */
  payload: 'batch' | 'body';
  /** Most messages of a call; 1 where the payload is `body`. */
  batchSize: number;
  /** How long the first message of a batch waits for others. */
  batchWaitMs: number;
  /** `device`: a message is sent only when the one before it of the same device is done. */
  order: 'device' | 'none';
};

/** A function that is called for messages. Credentials are those of the process, never of the rule. */
export type FunctionTarget =
  | { kind: 'fc2'; serviceName: string; functionName: string; qualifier: string | null }
  | { kind: 'fc3'; functionName: string; qualifier: string | null }
  | { kind: 'lambda'; functionName: string; qualifier: string | null }
  | { kind: 'http'; url: string };

/** A message that a rule is looked up for. */
export type ForwardedMessage = {
  /** One of a source that gives none has an id of its own making, another one at each delivery. */
  messageId: string;
  /** On the wire (protocol.md 8.3); empty where a broker's message names none. */
  topic: string;
  /** Null where the source does not tell. */
  generateTimeMs: number | null;
  body: Uint8Array;
  /** It may have been handled before: it was handed over here, or its source says so. */
  isDuplicate: boolean;
};

/** What a function gets for rules with the payload `batch`. */
export type ForwardedEvent = {
  source: 'mooring:amqp';
  messages: readonly ForwardedItem[];
};

/** `body` is text where the bytes are UTF-8, else base64. */
export type ForwardedItem = Omit<ForwardedMessage, 'body'> & {
  /** Both of the topic, and empty where it names none. */
  productKey: string;
  deviceName: string;
  body: string;
  isBase64Encoded: boolean;
};

/** A message that a trigger took from a queue of RabbitMQ before it called. */
export type QueueMessage = {
  message: ForwardedMessage;
  /** Where it comes from, and what its retry and dead-letter queues are named after. */
  queue: string;
  /** How often a function had it before. */
  attempts: number;
  /** Goes along when it is put into a queue again. */
  headers: Readonly<Record<string, string | number>>;
};
