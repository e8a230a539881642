import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureKeyFile, KeyFileError, readKeyFile } from '../../../../shared/runtime/key-file.ts';
import { resolveKeys } from '../../../../shared/runtime/resolve-keys.ts';

const key = (byte: number) => Buffer.alloc(32, byte);
let dataDir = '';

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mooring-keys-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function writeKeyFile(content: string, mode = 0o600): string {
  const path = join(dataDir, 'keys.json');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

describe('making', () => {
  test('the file is made once, for its owner alone, and read ever after', () => {
    const folder = join(dataDir, 'new', 'folder');
    const made = ensureKeyFile(folder, randomBytes);
    expect(made.token.map((one) => one.length)).toEqual([32]);
    expect(made.sealing).not.toEqual(made.token);
    expect(ensureKeyFile(folder, randomBytes)).toEqual(made);
    expect(readKeyFile(folder)).toEqual(made);
    expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  test('processes that start together end with the same keys', async () => {
    const script = `
      import { randomBytes } from 'node:crypto';
      import { ensureKeyFile } from ${JSON.stringify(import.meta.resolve('../../../../shared/runtime/key-file.ts'))};
      const keys = ensureKeyFile(process.argv[1], randomBytes);
      process.stdout.write(keys.token[0].toString('hex') + keys.sealing[0].toString('hex'));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script, dataDir];
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const seen = await Promise.all(
      children.map(async (child) => {
        const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
        return output;
      }),
    );
    expect(seen[0]).toHaveLength(128);
    expect(new Set(seen).size).toBe(1);
    expect(readdirSync(dataDir)).toEqual(['keys.json']);
  });
});

describe('reading', () => {
  test('a folder without a key file has no keys', () => {
    expect(readKeyFile(dataDir)).toBeUndefined();
  });

  test('keys keep their order', () => {
    const token = [key(1).toString('base64'), key(2).toString('base64')];
    writeKeyFile(JSON.stringify({ token, sealing: [key(3).toString('base64')] }));
    expect(readKeyFile(dataDir)).toEqual({ token: [key(1), key(2)], sealing: [key(3)] });
  });

  test('a file that others may read is refused', () => {
    const path = writeKeyFile('{}', 0o640);
    expect(() => readKeyFile(dataDir)).toThrow(
      new KeyFileError(`${path} may be read by others (mode 640): run chmod 600 ${path}`),
    );
  });

  const secret = key(9).toString('base64');
  for (const content of [
    secret,
    `{"token":["${secret}"],"sealing":["${secret}"]`,
    JSON.stringify({ token: [secret] }),
    JSON.stringify({ token: [secret], sealing: [] }),
    JSON.stringify({ token: [secret], sealing: [secret.slice(4)] }),
    JSON.stringify({ token: [secret, 1], sealing: [secret] }),
    'null',
  ]) {
    test(`a damaged file is refused without being shown: ${content.length} characters`, () => {
      writeKeyFile(content);
      expect(() => readKeyFile(dataDir)).toThrow(/keys\.json must be \{"token": \[\.\.\.\]/);
      expect(() => readKeyFile(dataDir)).not.toThrow(secret.slice(0, 8));
    });
  }
});

describe('resolving', () => {
  const none = { tokenKeys: [], sealingKeys: [] };

  test('keys of the environment win over the file', () => {
    ensureKeyFile(dataDir, randomBytes);
    expect(resolveKeys({ dataDir, tokenKeys: [key(1)], sealingKeys: [key(2)] })).toEqual({
      token: [key(1)],
      sealing: [key(2)],
    });
  });

  test('what the environment does not give comes from the file', () => {
    const { sealing } = ensureKeyFile(dataDir, randomBytes);
    expect(resolveKeys({ ...none, dataDir, tokenKeys: [key(1)] })).toEqual({
      token: [key(1)],
      sealing,
    });
  });

  test('without either, the error says what to do', () => {
    expect(() => resolveKeys({ ...none, dataDir })).toThrow(
      `no keys: set MOORING_TOKEN_KEYS and MOORING_SEALING_KEYS, each to "$(openssl rand -base64 32)", or start the local stack once (npm start), which makes ${dataDir}/keys.json`,
    );
  });
});
