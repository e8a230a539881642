import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { KEY_BYTES } from '../core/keys/key-ring.ts';
import { decodeKey } from './decode-key.ts';
import { isErrno } from './errno.ts';

/** What `<data>/keys.json` holds: 32 bytes each, current first, as base64 in the file. */
export type FileKeys = { token: readonly Buffer[]; sealing: readonly Buffer[] };

/** The message names the file and never shows what is in it. */
export class KeyFileError extends Error {
  override name = 'KeyFileError';
}

/**
 * Undefined if the data folder has no key file.
 * @throws KeyFileError if others may read it or it does not hold keys.
 */
export function readKeyFile(dataDir: string): FileKeys | undefined {
  const path = keyFilePath(dataDir);
  if (!existsSync(path)) return undefined;
  refuseReadableByOthers(path);
  const content = parseJson(readFileSync(path, 'utf8'));
  const token = keysOf(content, 'token');
  const sealing = keysOf(content, 'sealing');
  if (!token || !sealing) {
    throw new KeyFileError(
      `${path} must be {"token": [...], "sealing": [...]}, each with at least one key of 32 bytes in base64`,
    );
  }
  return { token, sealing };
}

/**
 * Makes the key file once and returns what it holds.
 *
 *     process A   write A.tmp, flush   link A.tmp keys.json -> made       read keys.json
 *     process B   write B.tmp, flush   link B.tmp keys.json -> EEXIST     read keys.json
 *
 * A link never replaces a file, so that both end with A's keys, and never shows half of one.
 */
export function ensureKeyFile(
  dataDir: string,
  randomBytes: (size: number) => Uint8Array,
): FileKeys {
  const present = readKeyFile(dataDir);
  if (present) return present;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = keyFilePath(dataDir);
  const temporary = `${path}.${Buffer.from(randomBytes(8)).toString('hex')}.tmp`;
  const newKey = () => Buffer.from(randomBytes(KEY_BYTES)).toString('base64');
  writeDurably(temporary, `${JSON.stringify({ token: [newKey()], sealing: [newKey()] })}\n`);
  try {
    linkUnlessPresent(temporary, path);
  } finally {
    unlinkSync(temporary);
  }
  const made = readKeyFile(dataDir);
  if (!made) throw new KeyFileError(`${path} disappeared while it was being made`);
  return made;
}

export function keyFilePath(dataDir: string): string {
  return join(dataDir, 'keys.json');
}

function refuseReadableByOthers(path: string): void {
  const mode = statSync(path).mode & 0o777;
  // Windows has no such bits and reports them all set.
  if ((mode & 0o077) === 0 || process.platform === 'win32') return;
  throw new KeyFileError(
    `${path} may be read by others (mode ${mode.toString(8)}): run chmod 600 ${path}`,
  );
}

/** Undefined instead of the parser's error, which quotes the text, that is, a key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keysOf(content: unknown, name: 'token' | 'sealing'): readonly Buffer[] | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const texts: unknown = Reflect.get(content, name);
  if (!Array.isArray(texts) || texts.length === 0) return undefined;
  const keys = texts.flatMap((text) => (typeof text === 'string' && decodeKey(text)) || []);
  return keys.length === texts.length ? keys : undefined;
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function linkUnlessPresent(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
