import type { DeviceRecord } from '../../model/device.ts';
import type { Result } from '../../model/failure.ts';
import type { Message } from '../../model/message.ts';
import type { DownlinkMessage } from '../../ports/downlink.ts';
import type { KnownProduct } from '../products/product-directory.ts';

/** What an admitted device sent. */
export type Uplink = {
  device: DeviceRecord;
  topic: string;
  body: Buffer;
  transport: 'http' | 'mqtt';
};

/** What its content is judged by, and when. */
export type Judged = { uplink: Uplink; product: KnownProduct; nowMs: number };

/** What of a message depends on the topic and the body. */
export type Content = Pick<Message, 'kind' | 'topic' | 'body'>;

/**
 * What became of it: the messageId once the bus has it for good, or why it was refused. `replies` are
 * what the platform says to the device, in either case; a device on HTTP has no way to get them.
 */
export type Taken = { outcome: Result<string>; replies: readonly DownlinkMessage[] };
