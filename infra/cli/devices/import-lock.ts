import { lockProcess } from '../../process-lock.ts';
import { CommandError } from '../command.ts';
import { checkpointPath } from './import-checkpoint.ts';

/**
 * Two runs of one import at once would spoil its rejects and its checkpoint. Runs into two stores count
 * as one import: they would share the rejects. Returns what lets go of it.
 * @throws CommandError where another process holds it.
 */
export function lockImport(dataDir: string, file: string): () => void {
  const lock = lockProcess(`${checkpointPath(dataDir, file)}.lock`);
  if (lock.isMine) return lock.release;
  throw new CommandError(
    `Process ${lock.holderId} is importing this file. Wait for it; if that process is another program, remove ${lock.path}.`,
  );
}
