/** What the cloud sends to one device. */
export type DownlinkMessage = {
  productKey: string;
  deviceName: string;
  topic: string;
  payload: Uint8Array;
  /** Of the delivery too: the QoS of the subscription does not matter (protocol.md 3.9). */
  qos: 0 | 1;
  /** Means something only now: never stored for a device that is away, even at QoS 1. */
  isTransient?: boolean;
  /**
   * A reply to the device's own request, or a state that it has to have: not counted among the messages
   * that it gets a second, and so never dropped for their number.
   */
  isOwed?: boolean;
};

/**
 * `sent`: handed to the connection, or to a broker that does not say more. `stored`: kept for a
 * device that is away (QoS 1). `offline`: not connected, and not kept. `unsubscribed`: connected, but
 * it never asked for this topic. `rate-exceeded`: over 50 a second to this device (protocol.md 3.9).
 */
export type Delivery = 'sent' | 'stored' | 'offline' | 'unsubscribed' | 'rate-exceeded';

/** A topic under `/broadcast/${productKey}/`, to every device of the product that subscribed to it. */
export type BroadcastMessage = { productKey: string; topic: string; payload: Uint8Array };

/** The way to devices, whichever broker they are connected to. Faults of the broker reject. */
export type Downlink = {
  /** A message of QoS 1 that is `sent` or `stored` is durable, where the broker keeps sessions. */
  publish(message: DownlinkMessage): Promise<Delivery>;
  /** To devices that are online (protocol.md 7.4). */
  broadcast(message: BroadcastMessage): Promise<void>;
  /** The names of those devices of a product that are connected now; undefined where the broker does not tell. */
  connectedDevices(productKey: string): Promise<readonly string[] | undefined>;
  /** Ends the connection of a device that was disabled or deleted. Does nothing where there is none, or where the broker cannot. */
  disconnect(device: { productKey: string; deviceName: string }): Promise<void>;
  /**
   * Whether the device has shown life since: `half-open` is a connection over which nothing came,
   * not even the acknowledgement of a QoS 1 message. `unknown` where the broker does not tell.
   */
  liveness(
    device: { productKey: string; deviceName: string },
    sinceMs: number,
  ): Promise<'alive' | 'half-open' | 'unknown'>;
  close(): Promise<void>;
};
