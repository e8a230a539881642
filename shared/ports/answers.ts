/** Where somebody who sent a request to a device waits for what it publishes in reply. */
export type Answers = {
  /**
   * Waits for the first message on the topic; undefined once the time is over. Call it before the
   * request is sent: what came earlier is not kept.
   */
  expect(topic: string, timeoutMs: number): Promise<Uint8Array | undefined>;
  /** Hands over what a device published. Nobody may be waiting for it: then nothing happens. */
  offer(topic: string, payload: Uint8Array): Promise<void>;
};
