import { join } from 'node:path';
import { lockProcess } from '../process-lock.ts';

/**
 * Makes this process the only stack on a data folder. Commands and functions may open the folder beside
 * it. Returns what lets go of it, to be called when nothing of it is open any more.
 * @throws Error that names the process that runs there already.
 */
export function lockFolder(dataDir: string): () => Promise<void> {
  const lock = lockProcess(join(dataDir, 'stack.lock'));
  if (lock.isMine) return async () => lock.release();
  throw new Error(
    `process ${lock.holderId} runs on ${dataDir}; stop it, or start on another folder with MOORING_DATA_DIR`,
  );
}
