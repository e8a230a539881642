import type { Reply, Request } from '../model/http.ts';

/** One cloud's way to call a function with an HTTP request in a JSON event. */
export type HttpTrigger = {
  /** Undefined if the event is not one of this trigger's. */
  decode(event: unknown): Request | undefined;
  encode(reply: Reply): object;
};
