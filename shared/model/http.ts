/** What every HTTP trigger is turned into, so that one handler serves node:http, FC 2, FC 3 and Lambda. */
export type Request = {
  method: string;
  /** Percent-decoded, without the query string; as sent where it cannot be decoded. */
  path: string;
  /** As sent, without the question mark; empty if there is none. */
  query: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  sourceIp: string;
  requestId: string;
};

export type Reply = {
  status: number;
  contentType: string;
  body: string;
  /** `success` or the kind of the refusal: for metrics, not for the wire. */
  outcome?: string;
};

export type Handler = (request: Request) => Promise<Reply>;
