/** What a simulated device does once it is connected; topics may be short, see ownTopic. */
export type DeviceScript = {
  /** Parameters of property posts, one after the other. */
  posts: readonly Readonly<Record<string, unknown>>[];
  /** Again and again; absent: once. */
  everyMs?: number;
  events: readonly { identifier: string; value: Readonly<Record<string, unknown>> }[];
  messages: readonly { topic: string; payload: string }[];
  /** Besides those of every device. */
  filters: readonly string[];
  /** Reported to the shadow. */
  shadow?: Readonly<Record<string, unknown>>;
  getsShadow: boolean;
  answers: ReadonlyMap<string, string>;
  qos: 0 | 1;
};
