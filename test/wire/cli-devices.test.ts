import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { IMPORT_OPTIONS, importFromFile } from '../../infra/cli/devices/import-command.ts';
import { parseOptions } from '../../infra/cli/options.ts';
import type { Base } from '../../infra/local/base.ts';
import { readRow } from '../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';
import { type CliRun, runCli } from '../support/cli.ts';
import { type ListStack, listOf, startListStack } from '../support/list-stack.ts';
import { tempFolder } from '../support/temp-folder.ts';

let stack: ListStack;
let base: Base;
let productKey: string;

beforeAll(async () => {
  stack = await startListStack();
  base = stack.base;
});

afterAll(() => stack.stop());

beforeEach(async () => {
  productKey = await stack.newProduct();
});

const mooring = (...args: string[]): Promise<CliRun> =>
  runCli(args, { env: { MOORING_DATA_DIR: stack.dataDir } });

const importList = (file: string, ...more: string[]) =>
  mooring('devices', 'import', file, '--product', productKey, ...more);

/** Without the header. */
async function exported(...more: string[]): Promise<string[]> {
  const { code, out } = await mooring('devices', 'export', '--product', productKey, ...more);
  expect(code).toBe(0);
  return out.trimEnd().split('\n').slice(1);
}

const cut = (lines: readonly string[], ...places: number[]) =>
  lines.map((line) => places.map((place) => line.split(',')[place]).join(','));

describe('mooring devices import', () => {
  test('registers a list with BOM, CRLF and Chinese nicknames, and the running stack knows the devices', async () => {
    const file = listOf('\ufeffNickname,DEVICENAME\r\n"客厅, 灯",lamp-1\r\n\r\n,lamp-2\r\n');
    expect(await importList(file)).toMatchObject({
      code: 0,
      out: '2 devices registered, 0 lines rejected\n',
    });
    expect(existsSync(`${file}.rejects.csv`)).toBe(false);
    const device = ['--ProductKey', productKey, '--DeviceName', 'lamp-1'];
    const { out } = await mooring('QueryDeviceDetail', ...device);
    expect(JSON.parse(out)).toMatchObject({ Data: { Nickname: '客厅, 灯' } });
    const product = await mooring('QueryProduct', '--ProductKey', productKey);
    expect(JSON.parse(product.out)).toMatchObject({ Data: { DeviceCount: 2 } });
  });

  test('puts what it cannot import into the rejects file, without its secret, and the rest in', async () => {
    const lines = [
      'DeviceName,Nickname,DeviceSecret,Note',
      'lamp-1,first,hush-1,first',
      'la,second,hush-2,short',
      'lamp-1,three,hush-3,again',
      `lamp-4,${'灯'.repeat(65)},hush-4,long`,
      'lamp-5,five,hush 5,secret',
      'lamp-6,six,hush-6',
      'lamp-7,"se"ven,hush-7,quote',
      'lamp-8,eight,hush-8,last',
    ];
    const file = listOf(lines.join('\n'));
    const { code, out, err } = await importList(file);
    const rejects = `${file}.rejects.csv`;
    expect(code).toBe(1);
    expect(out).toBe(`2 devices registered, 6 lines rejected (reasons in ${rejects})\n`);
    expect(err).toContain('not read: the columns Note\n');
    const [header, ...rows] = readFileSync(rejects, 'utf8').trimEnd().split('\n');
    expect(header).toBe('Line,Reason,DeviceName,Nickname,Note');
    expect(rows.map((row) => row.slice(0, row.indexOf(',')))).toEqual([
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
    ]);
    expect(rows[1]).toBe(
      '4,"a device of this name exists already, or an earlier line names it",lamp-1,three,again',
    );
    expect(rows[4]).toBe('7,"it has 3 columns, the header has 4",,,');
    expect(readFileSync(rejects, 'utf8')).not.toContain('hush');
    const secrets = cut(await exported('--with-secrets'), 1, 7);
    expect(secrets).toEqual(['lamp-1,hush-1', 'lamp-8,hush-8']);
  });

  test('gives a deviceId its certificate, and reads the corrected rejects', async () => {
    const file = listOf('deviceId,Nickname\nSN-0001,first\nSN/0002,second\nSN 3,third\n');
    expect(await importList(file)).toMatchObject({ code: 1 });
    const rejects = `${file}.rejects.csv`;
    writeFileSync(rejects, readFileSync(rejects, 'utf8').replace('SN 3', 'SN-3'));
    expect(await importList(rejects)).toMatchObject({ code: 0 });
    for (const deviceId of ['SN-0001', 'SN/0002', 'SN-3']) {
      const row = await readRow(deviceId, base.store);
      const deviceName = row?.value.deviceName ?? '';
      const found = await findDevice({ productKey, deviceName }, base.store);
      expect(found.ok && found.value.iotId).toBe(row?.value.iotId);
    }
    expect(await exported()).toHaveLength(3);
    expect(await importList(file, '--again')).toMatchObject({ code: 1 });
    expect(readFileSync(rejects, 'utf8')).toContain(
      '2,deviceId: it has a certificate already,SN-0001,',
    );
  });

  const REFUSED: readonly [content: string, message: string][] = [
    ['', 'is empty.'],
    ['Name,Nickname\nlamp-1,\n', 'The header has no column DeviceName or deviceId.'],
    ['DeviceName;Nickname\nlamp-1;\n', 'separated by commas'],
    ['DeviceName,devicename\nlamp-1,\n', 'names the column DeviceName twice'],
    ['"DeviceName\nlamp-1\n', 'the header: a quote is not closed'],
    ['DeviceName,Nickname\rlamp-1,\r', 'has the line ends of an old Mac, a carriage return alone.'],
    [`DeviceName\r${'lamp-1\r'.repeat(9000)}`, 'Save it as "CSV UTF-8".'],
  ];
  for (const [content, message] of REFUSED) {
    test(`says what is wrong with the header of ${JSON.stringify(content.slice(0, 20))}`, async () => {
      const { code, err } = await importList(listOf(content));
      expect(code).toBe(1);
      expect(err).toContain(message);
      expect(await exported()).toEqual([]);
    });
  }

  test('refuses a list that is too long before it imports anything', async () => {
    const file = listOf('DeviceName\nlamp-1\nlamp-2\nlamp-3');
    const parsed = parseOptions([file, '--product', productKey], IMPORT_OPTIONS);
    const ignore = () => undefined;
    const terminal = { out: ignore, err: ignore, hasColor: false, readInput: async () => '' };
    const readConfig = () => readCliConfig({ MOORING_DATA_DIR: stack.dataDir });
    await expect(importFromFile(parsed, { terminal, readConfig }, 2)).rejects.toThrow(
      /has more than 2 lines, and nothing was imported\. Split it/,
    );
    expect(await exported()).toEqual([]);
    expect(await importFromFile(parsed, { terminal, readConfig }, 3)).toBe(0);
    expect(await exported()).toHaveLength(3);
  });

  test('says that a list was imported, and imports it again where it is told to', async () => {
    const file = listOf('DeviceName\nlamp-1\nlamp-2\n');
    expect(await importList(file)).toMatchObject({ code: 0 });
    const second = await importList(file);
    expect(second).toMatchObject({ code: 1, out: '' });
    expect(second.err).toMatch(/was imported on \S+: 2 devices registered.*--again imports it/);
    expect(await importList(file, '--again')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^0 devices registered, 2 lines rejected/),
    });
    expect(await exported()).toHaveLength(2);
  });

  test('rejects the line of a product key that can be none, and imports the others', async () => {
    const keys = ['x'.repeat(3000), 'a\u0000b', productKey];
    const lines = keys.map((key, index) => `lamp-${index},${key}`);
    const file = listOf(`DeviceName,ProductKey\n${lines.join('\n')}\n`);
    expect(await mooring('devices', 'import', file)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^1 device registered, 2 lines rejected/),
    });
    expect(cut(await exported(), 1)).toEqual(['lamp-2']);
  });

  test('says that rejects cannot be written before it imports anything', async () => {
    const folder = tempFolder();
    const file = listOf('DeviceName\nlamp-1\n');
    for (const rejects of [join(folder, 'none', 'a.csv'), folder]) {
      const { code, err } = await importList(file, '--rejects', rejects);
      expect(code).toBe(1);
      expect(err).toMatch(/^mooring: Rejects cannot be written to .* with --rejects\.\n$/);
    }
    expect(await exported()).toEqual([]);
    expect(await importList(file)).toMatchObject({ code: 0 });
  });

  const WRONG: readonly [args: string[], code: number, message: string][] = [
    [['devices'], 2, 'Say one of import, export first.'],
    [['devices', 'imprt'], 2, 'There is no "devices imprt". Did you mean import?'],
    [['devices', 'import'], 2, 'Name the CSV file'],
    [['devices', 'import', 'a.csv', 'b.csv'], 2, '"b.csv" is one word too many.'],
    [['devices', 'import', 'a.csv', '--rejects', 'a.csv'], 2, '--rejects names the list itself.'],
    [['devices', 'import', '/nowhere.csv'], 1, '/nowhere.csv cannot be read.'],
    [['devices', 'export', 'all'], 2, '"all" stands where an option was expected'],
    [['devices', 'import', '/'], 1, '/ is no file.'],
    [['devices', 'export', '--product', 'nope'], 1, 'There is no product nope here.'],
    [['devices', 'export', '--out', '/'], 1, '/ is a folder. Name a file.'],
    [
      ['devices', 'export', '--out', '/nowhere/a.csv'],
      1,
      '/nowhere/a.csv.unfinished cannot be written.',
    ],
  ];
  for (const [args, code, message] of WRONG) {
    test(`says what is wrong with ${args.join(' ')}`, async () => {
      const run = await mooring(...args);
      expect(run).toMatchObject({ code, out: '' });
      expect(run.err).toContain(message);
    });
  }

  test('says that there is no such product, and that a file in the place of the rejects is none', async () => {
    const file = listOf('DeviceName\nlamp-1\n');
    const unknown = await mooring('devices', 'import', file, '--product', 'nope');
    expect(unknown).toMatchObject({ code: 1, out: '' });
    expect(unknown.err).toContain('There is no product nope here.');
    const precious = listOf('keep me\n');
    const { code, err } = await importList(file, '--rejects', precious);
    expect(code).toBe(1);
    expect(err).toContain(`${precious} is there and holds no rejects`);
    expect(readFileSync(precious, 'utf8')).toBe('keep me\n');
  });
});

describe('mooring devices export', () => {
  test('is sorted, hides secrets unless it is asked for them, and import reads back what it wrote', async () => {
    const nicknames = ['=cmd|calc', "'quoted", 'two\nlines', '"客厅", 灯', ' spaces ', ''];
    const quoted = nicknames.map((text) => `"${text.replaceAll('"', '""')}"`);
    const rows = quoted.map((nickname, index) => `lamp-${9 - index},${nickname}`);
    await importList(listOf(`DeviceName,Nickname\n${rows.join('\n')}\n`));
    const plain = await mooring('devices', 'export', '--product', productKey);
    expect(plain.out.split('\n')[0]).toBe(
      'ProductKey,DeviceName,IotId,Nickname,Status,CreatedAt,ActivatedAt',
    );
    expect(plain.out).toContain(",'=cmd|calc,");
    expect([...plain.out.matchAll(/lamp-\d/g)].map(String)).toEqual([
      'lamp-4',
      'lamp-5',
      'lamp-6',
      'lamp-7',
      'lamp-8',
      'lamp-9',
    ]);

    const out = join(tempFolder(), 'export.csv');
    const chosen = ['--product', productKey, '--with-secrets', '--out', out];
    await mooring('devices', 'export', ...chosen);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const before = readFileSync(out, 'utf8');
    for (let number = 4; number < 10; number += 1) {
      const device = ['--ProductKey', productKey, '--DeviceName', `lamp-${number}`];
      expect(await mooring('DeleteDevice', ...device)).toMatchObject({ code: 0 });
    }
    expect(await mooring('devices', 'import', out)).toMatchObject({ code: 0 });
    await mooring('devices', 'export', ...chosen);
    const bare = (text: string) =>
      text.replaceAll(/[A-Za-z0-9]{32}(?=,)|\d{4}-\d\d-\d\dT[^,]+/g, '');
    const secretsOf = (text: string) => text.match(/\b[0-9a-f]{32}$/gm);
    expect(bare(readFileSync(out, 'utf8'))).toBe(bare(before));
    expect(secretsOf(readFileSync(out, 'utf8'))).toEqual(secretsOf(before));
    expect(secretsOf(before)).toHaveLength(6);
  });

  test('has the last values of properties, with their members in order', async () => {
    await importList(listOf('DeviceName\nlamp-1\nlamp-2\n'));
    const found = await findDevice({ productKey, deviceName: 'lamp-1' }, base.store);
    if (!found.ok) throw new Error('refused');
    const known = { messageId: '1', arrivedAtMs: 2 };
    const properties = {
      zone: { ...known, value: { y: 1, x: '客厅' }, time: 5 },
      level: { ...known, value: 3, time: 4 },
    };
    const key = { partition: found.value.iotId };
    await base.store.table('thing_state').insert(key, { properties, lastMessageAtMs: 2 });
    const [first = '', second = ''] = await exported('--with-values');
    const json = first.slice(first.indexOf('"{') + 1, -1).replaceAll('""', '"');
    expect(json).toBe(
      '{"level":{"time":4,"value":3},"zone":{"time":5,"value":{"x":"客厅","y":1}}}',
    );
    expect(second.endsWith(',')).toBe(true);
  });
});
