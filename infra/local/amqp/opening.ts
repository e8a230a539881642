import type { AmqpError, Sender } from 'rhea';
import type { Failure } from '../../../shared/model/failure.ts';
import { guardCredit } from './rhea-guard.ts';
import { declareIdleTimeOut, unsentOf } from './rhea-internals.ts';
import { endSoon, leave, type Served } from './served-connection.ts';
import type { Credentials } from './sign-in.ts';

const SHORTEST_IDLE_MS = 30_000;
const LONGEST_IDLE_MS = 300_000;

/** The user name and password of the client; they come once. */
export async function letIn(credentials: Credentials, served: Served): Promise<boolean> {
  const { parts, state, socket } = served;
  if (state.username !== undefined) {
    socket.destroy();
    return false;
  }
  state.username = credentials.username;
  try {
    const signedIn = await parts.signIn(credentials);
    if (signedIn.ok) {
      state.signedIn = signedIn.value;
      return true;
    }
    parts.refused(signedIn.failure, credentials.username);
  } catch (error) {
    parts.failed(error);
  }
  endSoon(socket);
  return false;
}

/** The idle time-out that the client declares has to be of 30 to 300 s (protocol.md 8.1). */
export function checkOpen({ connection, parts, state, dismiss }: Served): void {
  const idleTimeOutMs = connection.idle_time_out ?? 0;
  if (idleTimeOutMs >= SHORTEST_IDLE_MS && idleTimeOutMs <= LONGEST_IDLE_MS) {
    // rhea closes after twice what it declares.
    declareIdleTimeOut(connection, idleTimeOutMs / 2);
    return;
  }
  parts.refused({ kind: 'idle-time-out-refused', idleTimeOutMs }, state.username ?? '');
  dismiss({ condition: 'amqp:invalid-field', description: IDLE_TEXT });
}

/** True if the consumer is served from now on. */
export function openLink(sender: Sender, { parts, state, dismiss }: Served): boolean {
  // A source that is absent in our answer means a refusal to some clients.
  sender.set_source({ address: sender.source?.address ?? 'default' });
  sender.set_target({ address: sender.target?.address ?? '' });
  guardCredit(sender);
  // Its session or connection has been ended in the same breath, by the client or by us.
  if (!sender.is_open()) return false;
  if (!state.signedIn || state.sender) {
    sender.close(ONE_LINK);
    return false;
  }
  const served = parts.serve(sender, state.signedIn, dismiss);
  if (served.ok) {
    state.sender = sender;
    state.leave = served.value;
    return true;
  }
  parts.refused(served.failure, state.username ?? '');
  dismiss({ condition: 'amqp:resource-limit-exceeded', description: textOf(served.failure) });
  return false;
}

/** What rhea has not sent over this link by now, it would send over the next. */
export function closeLink(sender: Sender, served: Served): void {
  if (unsentOf(sender) > 0) served.dismiss(UNSENT);
  leave(served);
}

function textOf(failure: Failure): string {
  if (failure.kind === 'consumer-limit')
    return `a consumer group has at most ${failure.most} consumers`;
  if (failure.kind === 'connect-rate-exceeded') {
    return `a consumer group connects at most ${failure.limitPerMinute} times a minute`;
  }
  return 'refused';
}

const IDLE_TEXT = 'the idle-time-out has to be of 30000 to 300000 ms';
const ONE_LINK: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'a connection has one receiving link',
};
const UNSENT: AmqpError = {
  condition: 'amqp:detach-forced',
  description: 'the link was closed with messages on their way',
};
