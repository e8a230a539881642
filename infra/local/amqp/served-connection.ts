import type { Socket } from 'node:net';
import type { AmqpError, Connection, Sender } from 'rhea';
import type { Failure, Result } from '../../../shared/model/failure.ts';
import type { Credentials, SignedIn } from './sign-in.ts';

/** What the endpoint decides for a connection. */
export type ConnectionParts = {
  signIn(credentials: Credentials): Promise<Result<SignedIn>>;
  /**
   * The consumer's only link; `dismiss` ends its connection. Returns what ends the service. Refuses
   * `consumer-limit`, `connect-rate-exceeded`.
   */
  serve(
    sender: Sender,
    signedIn: SignedIn,
    dismiss: (error: AmqpError) => void,
  ): Result<() => void>;
  refused(failure: Failure, username: string): void;
  failed(error: unknown): void;
};

/** One connection. */
export type Served = {
  connection: Connection;
  socket: Socket;
  parts: ConnectionParts;
  state: State;
  /** Says why to the client, and ends the connection. */
  dismiss(error: AmqpError): void;
};

type State = {
  username?: string;
  /** Of one that has not signed in. */
  strangerBytes: number;
  signedIn?: SignedIn;
  sender?: Sender;
  leave?: () => void;
};

/** The consumer is served no longer, and its link, if it has one, is not the one that is served. */
export function leave({ state }: Served): void {
  state.leave?.();
  delete state.leave;
  delete state.sender;
}

export function refuseMalformed({ parts, state }: Served, error: unknown): void {
  const reason = String(error).slice(0, 200);
  parts.refused({ kind: 'malformed-request', reason }, state.username ?? '');
}

/** What is written by then goes out first, unless the other end does not read it. */
export function endSoon(socket: Socket): void {
  setTimeout(() => socket.destroySoon(), FAREWELL_MS).unref();
  setTimeout(() => socket.destroy(), LAST_BYTES_MS).unref();
}

/** For the outcome of the sign-in, or the error of a close, to reach the other end. */
const FAREWELL_MS = 200;
/** For what is written by then to be read. */
const LAST_BYTES_MS = 5000;
