import { randomBytes } from 'node:crypto';
import { createAliyunAccount } from '../../../shared/adapters/aliyun/account.ts';
import {
  createPopClient,
  type PopClient,
  PopUnreachableError,
  type Retry,
} from '../../../shared/adapters/aliyun/pop-client.ts';
import { moveIn } from '../../../shared/core/moving-in/move-in.ts';
import {
  hasMoved,
  type ProductReport,
  refusalText,
  type Tally,
} from '../../../shared/core/moving-in/moving-report.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import { aliyunCredentials } from '../../../shared/runtime/role-credentials.ts';
import { storePlace, withAnyStore } from '../any-store.ts';
import { CommandError } from '../command.ts';
import type { StoreParts } from '../fitting-keys.ts';
import type { ProgressLine } from '../progress-line.ts';
import { type ImportJob, requireAccessKey } from './import-job.ts';
import type { Interruption } from './interruption.ts';
import { type FileCheckpoint, NO_CHECKPOINT, openCheckpoint } from './moving-checkpoint.ts';
import { movingProgressText } from './moving-report-text.ts';

export type AccountMove = {
  job: ImportJob;
  config: CliConfig;
  progress: ProgressLine;
  interruption: Interruption;
};

/** Of an endpoint that has not answered yet, which may be the wrong one: under a minute of silence. */
const UNANSWERED_ATTEMPTS = 3;

/**
 * Moves an account into the store of the job.
 * @throws CommandError where the account or the store ends it, InterruptedError.
 */
export async function moveAccount(move: AccountMove): Promise<readonly ProductReport[]> {
  const { job, config, progress } = move;
  const place = storePlace(job.store, config);
  requireAccessKey(job);
  try {
    return await withAnyStore(job.store, config, (parts) => moveInto(parts, move, place));
  } finally {
    progress.end();
  }
}

async function moveInto(
  parts: StoreParts,
  move: AccountMove,
  place: string,
): Promise<readonly ProductReport[]> {
  const { job, progress } = move;
  const { isDryRun, contents } = job;
  const begun: Tally[] = [];
  const checkpoint = checkpointOf(move, place);
  progress.show(`asking ${job.aliyun.endpoint}`);
  const moved = await moveIn(job.productKeys, {
    ...parts,
    nowMs: () => Date.now(),
    randomBytes,
    account: createAliyunAccount(openClient(move)),
    checkpoint,
    isDryRun,
    contents,
    onProduct: (tally) => begun.push(tally),
    onProgress: (reached) => progress.show(movingProgressText(reached)),
  }).catch((cause: unknown) => {
    if (!(cause instanceof PopUnreachableError)) throw cause;
    throw new CommandError(`${sentence(cause.message)}${aftermath(job, begun)}`, { cause });
  });
  if (!moved.ok) {
    const said = sentence(`${job.aliyun.endpoint}: ${refusalText(moved.failure)}`);
    throw new CommandError(`${said}${aftermath(job, begun)}`);
  }
  checkpoint.finish();
  return moved.value;
}

function checkpointOf({ job, config }: AccountMove, place: string): FileCheckpoint {
  if (job.isDryRun) return NO_CHECKPOINT;
  const { endpoint, instanceId = '' } = job.aliyun;
  const name = JSON.stringify([endpoint, instanceId, [...job.contents], place]);
  return openCheckpoint(config.dataDir, name);
}

function openClient({ job, progress, interruption }: AccountMove): PopClient {
  const { aliyun, callsPerSecond } = job;
  const client = createPopClient({
    endpoint: aliyun.endpoint,
    ...(aliyun.instanceId !== undefined && { instanceId: aliyun.instanceId }),
    credentials: aliyunCredentials(aliyun),
    nowMs: () => performance.now(),
    waitMs: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    randomFraction: Math.random,
    callsPerSecond,
    retry: { unansweredAttempts: UNANSWERED_ATTEMPTS },
    onRetry: (retry) => progress.show(retryText(retry)),
  });
  return { call: (...asked) => interruption.guard(() => client.call(...asked)) };
}

/** `attempt` is the one that failed. */
function retryText({ action, attempt, reason }: Retry): string {
  return `${action}: attempt ${attempt + 1}, after: ${reason}`;
}

/** What the account says may end with a full stop or not. */
const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

function aftermath({ isDryRun }: ImportJob, begun: readonly Tally[]): string {
  if (isDryRun) return '';
  return begun.some(hasMoved)
    ? ' What was moved until then stays; run the command again to go on.'
    : ' This run moved nothing.';
}
