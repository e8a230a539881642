import type { DeviceRecord } from '../../model/device.ts';
import type { Result } from '../../model/failure.ts';
import type { FailedItem, Message } from '../../model/message.ts';
import type { Answers } from '../../ports/answers.ts';
import type { DownlinkMessage } from '../../ports/downlink.ts';
import type { MessageBus } from '../../ports/message-bus.ts';
import type { Store } from '../../ports/table.ts';
import type { MessageIdSource } from '../message-id/message-id-source.ts';
import type { KnownProduct, ProductDirectory } from '../products/product-directory.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Topic } from '../topic/parse-topic.ts';

/** What an admitted device sent. */
export type Uplink = {
  device: DeviceRecord;
  topic: string;
  body: Buffer;
  transport: 'http' | 'mqtt';
  /** False where the device would not hear them: none are made then. */
  wantsReplies: boolean;
};

export type UplinkParts = {
  products: ProductDirectory;
  store: Store;
  /** Of the secrets that gateways sign for their sub-devices with. */
  sealing: Sealing;
  bus: Pick<MessageBus, 'publish'>;
  answers: Pick<Answers, 'offer'>;
  newMessageId: MessageIdSource;
  nowMs: () => number;
  /** Under which devices fetch remote configuration; without it there is none for them. */
  publicUrl?: string;
};

/** What its content is judged by, and when. */
export type Judged = { uplink: Uplink; topic: Topic; product: KnownProduct; nowMs: number };

/** What of a message depends on the topic and the body. `failed` is what its thing model had against it. */
export type Content = Pick<Message, 'kind' | 'topic' | 'body'> & {
  failed?: Readonly<Record<string, FailedItem>>;
};

/**
 * What became of it: its messageId once the bus has for good whatever goes there, or why it was
 * refused. `replies` are what the platform says to the device, in either case.
 */
export type Taken = { outcome: Result<string>; replies: readonly DownlinkMessage[] };

/** What a request comes to: what the reply carries and, where others are to hear of it, a message. */
export type Answer = {
  data: unknown;
  content?: Content;
  /** What is left to do once the bus has the message. */
  whenPublished?: () => Promise<void>;
};

/** What is done with the messages of some topics. */
export type Taker = (judged: Judged, parts: UplinkParts) => Promise<Taken>;
