import type { KnownProduct } from '../../shared/core/products/product-directory.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import type { Message } from '../../shared/model/message.ts';

/** What an admitted device sent. */
export type Uplink = { device: DeviceRecord; topic: string; body: Buffer };

/** What its content is judged by, and when. */
export type Judged = { uplink: Uplink; product: KnownProduct; nowMs: number };

/** What of a message depends on the topic and the body. */
export type Content = Pick<Message, 'kind' | 'topic' | 'body'>;
