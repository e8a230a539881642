import { randomBytes } from 'node:crypto';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkpointPath,
  type ImportCheckpoint,
  writeCheckpoint,
} from '../../../../../infra/cli/devices/import-checkpoint.ts';
import {
  type ImportOptions,
  type ImportStart,
  startImport,
} from '../../../../../infra/cli/devices/import-start.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

const LIST = 'DeviceName,Nickname\nlamp-1,\nlamp-2,\n';

function optionsOf(content: string, more: Partial<ImportOptions> = {}): ImportOptions {
  const folder = tempFolder();
  const file = join(folder, 'list.csv');
  writeFileSync(file, content);
  const path = checkpointPath(folder, file);
  const given = { file, checkpointPath: path, productKey: 'a1', again: false, reserves: false };
  return { ...given, mostLines: 100, ...more };
}

const start = (options: ImportOptions): Promise<ImportStart> =>
  startImport(options, { nowMs: () => 1_700_000_000_000, randomBytes });

/** An import that has begun so, as it is noted. */
async function note(options: ImportOptions, more: Partial<ImportCheckpoint>): Promise<void> {
  const { checkpoint } = await start(options);
  await writeCheckpoint(options.checkpointPath, { ...checkpoint, ...more });
}

const INTERRUPTED = { position: { byte: 29, line: 3 }, registered: { a1: 1 } };
const FINISHED = { ...INTERRUPTED, finishedAtMs: 1_700_000_001_000 };

describe('an import that was interrupted', () => {
  test('is not gone on with in a list that was changed, but in one that was put back', async () => {
    const options = optionsOf(LIST);
    await note(options, INTERRUPTED);
    writeFileSync(options.file, LIST.replace('lamp-2', 'lamp-3'));
    await expect(start(options)).rejects.toThrow(/was changed .* before line 3\. Put it back/);
    writeFileSync(options.file, LIST);
    utimesSync(options.file, 1, 1);
    expect(await start(options)).toMatchObject({ isResumed: true, checkpoint: INTERRUPTED });
  });

  test.each<[Partial<ImportOptions>, string]>([
    [{ productKey: 'a2' }, 'began with --product a1, no --reserve and --rejects '],
    [{ reserves: true }, 'began with --product a1, no --reserve and --rejects '],
    [{ rejectsPath: '/elsewhere.csv' }, 'list.csv.rejects.csv. Go on with the same'],
  ])('is not gone on with otherwise than it began: %j', async (more, message) => {
    const options = optionsOf('deviceId\nSN-1\nSN-2\n');
    await note(options, INTERRUPTED);
    await expect(start({ ...options, ...more })).rejects.toThrow(message);
    expect(await start({ ...options, ...more, again: true })).toMatchObject({ isResumed: false });
  });

  test('is not gone on with after an update that notes other things', async () => {
    const options = optionsOf(LIST);
    await note(options, INTERRUPTED);
    const older = { ...(await start(options)).checkpoint, format: 1, modifiedAtMs: 1 };
    writeFileSync(options.checkpointPath, JSON.stringify(older));
    await expect(start(options)).rejects.toThrow(/of another release.* --again/);
  });
});

describe('an import that has ended', () => {
  test('is not done again, unless the list, the product or what is done with it is another', async () => {
    const options = optionsOf('deviceId\nSN-1\nSN-2\n');
    await note(options, FINISHED);
    await expect(start(options)).rejects.toThrow(
      'was imported on 2023-11-14T22:13:21.000Z: 1 device registered, 0 lines rejected.',
    );
    for (const more of [{ productKey: 'a2' }, { reserves: true }, { again: true }]) {
      expect(await start({ ...options, ...more })).toMatchObject({ isResumed: false });
    }
    writeFileSync(options.file, 'deviceId\nSN-1\nSN-3\n');
    expect(await start(options)).toMatchObject({ isResumed: false });
  });
});

describe('a list', () => {
  test('whose lines can name no product is refused as a whole', async () => {
    await expect(start(optionsOf(LIST, { productKey: '' }))).rejects.toThrow(
      /no column ProductKey, and --product is not given\. Say with --product KEY/,
    );
    const named = optionsOf('ProductKey,DeviceName\n', { productKey: '' });
    expect(await start(named)).toMatchObject({ isResumed: false });
  });

  test.each([
    'DeviceName',
    'DeviceName\n',
    '\r\n\r\nDeviceName\r\n',
    '"Device\nName",DeviceName\n',
  ])('may have no line behind its header: %j', async (content) => {
    expect(await start(optionsOf(content))).toMatchObject({ isResumed: false });
  });
});
