import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ensureKeyFile, KeyFileError, readKeyFile } from '../../../../shared/runtime/key-file.ts';
import {
  addKeys,
  dropOldKeys,
  promoteKeys,
  readKeyRotation,
} from '../../../../shared/runtime/key-rotation.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const newKey = () => randomBytes(32);

function folderWithKeys() {
  const dataDir = tempFolder();
  return { dataDir, first: ensureKeyFile(dataDir, randomBytes) };
}

describe('rotating the keys of a data folder', () => {
  test('adds a key that every process reads and none uses', () => {
    const { dataDir, first } = folderWithKeys();
    const added = addKeys(dataDir, newKey);
    expect(added.pending).toBe(true);
    expect(added.sealing).toHaveLength(2);
    expect(readKeyFile(dataDir)).toEqual({ token: added.token, sealing: added.sealing });
    expect([added.token[0], added.sealing[0]]).toEqual([first.token[0], first.sealing[0]]);
  });

  test('puts the added key in front, once', () => {
    const { dataDir } = folderWithKeys();
    const added = addKeys(dataDir, newKey);
    const promoted = promoteKeys(dataDir);
    expect(promoted).toEqual({
      token: [...added.token].reverse(),
      sealing: [...added.sealing].reverse(),
      pending: false,
    });
    expect(promoteKeys(dataDir)).toEqual(promoted);
    expect(readKeyRotation(dataDir)).toEqual(promoted);
  });

  test('drops all but the key in front', () => {
    const { dataDir } = folderWithKeys();
    const added = addKeys(dataDir, newKey);
    promoteKeys(dataDir);
    const dropped = dropOldKeys(dataDir);
    expect(dropped.sealing).toEqual(added.sealing.slice(1));
    expect(readKeyFile(dataDir)?.token).toEqual(added.token.slice(1));
  });

  test('keeps the old keys through a second rotation', () => {
    const { dataDir, first } = folderWithKeys();
    addKeys(dataDir, newKey);
    promoteKeys(dataDir);
    addKeys(dataDir, newKey);
    const { sealing } = promoteKeys(dataDir);
    expect(sealing).toHaveLength(3);
    expect(sealing[2]).toEqual(first.sealing[0]);
  });

  test('adds no second key before the first is in use', () => {
    const { dataDir } = folderWithKeys();
    const added = addKeys(dataDir, newKey);
    expect(() => addKeys(dataDir, newKey)).toThrow(
      new KeyFileError('keys were added before and are not in use yet'),
    );
    expect(readKeyRotation(dataDir)).toEqual(added);
  });

  test('drops nothing while an added key waits', () => {
    const { dataDir } = folderWithKeys();
    const added = addKeys(dataDir, newKey);
    expect(() => dropOldKeys(dataDir)).toThrow('keys were added and are not in use yet');
    expect(readKeyRotation(dataDir)).toEqual(added);
  });

  test('leaves a file that only its owner reads, and nothing beside it', () => {
    const { dataDir } = folderWithKeys();
    addKeys(dataDir, newKey);
    expect(() => addKeys(dataDir, newKey)).toThrow(KeyFileError);
    expect(statSync(join(dataDir, 'keys.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir)).toEqual(['keys.json']);
  });

  test('waits for no other rotation: it says that there is one', () => {
    const { dataDir, first } = folderWithKeys();
    const unfinished = join(dataDir, 'keys.json.new');
    writeFileSync(unfinished, '');
    expect(() => addKeys(dataDir, newKey)).toThrow(`${unfinished} is there`);
    expect(existsSync(unfinished)).toBe(true);
    expect(readKeyFile(dataDir)).toEqual(first);
  });

  test('says where a key file would come from', () => {
    const dataDir = tempFolder();
    expect(() => addKeys(dataDir, newKey)).toThrow(
      `${join(dataDir, 'keys.json')} is not there: npm start makes it`,
    );
  });
});
