import { closeSync, existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { CommandError } from '../command.ts';

/** Told before hours of work, not after them. @throws CommandError */
export function requireWritable(path: string): void {
  const isThere = existsSync(path);
  explained(path, () => closeSync(openSync(path, 'a')));
  if (!isThere) rmSync(path);
}

/** @throws CommandError, for a disk that is full by now. */
export function writeReport(path: string, text: string): void {
  explained(path, () => writeFileSync(path, text));
}

function explained(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    const said = code === 'EISDIR' ? 'is a folder. Name a file.' : `cannot be written: ${code}`;
    throw new CommandError(`--report: ${path} ${said}`, { cause });
  }
}
