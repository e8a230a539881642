import { describe, expect, test } from 'vitest';
import {
  readColumns,
  readLine,
  unusedColumns,
} from '../../../../../infra/cli/devices/import-columns.ts';
import { plainCell, safeCell } from '../../../../../infra/cli/devices/spreadsheet-cell.ts';

const readHeader = (header: readonly string[]) => readColumns(header, { reserves: false });

describe('the header of a list', () => {
  test('names its columns in any case and order, and may have others', () => {
    const columns = readHeader(['NICKNAME', ' Note ', 'devicename', 'DeviceID', 'deviceSECRET']);
    expect(columns.places).toEqual({ Nickname: 0, DeviceName: 2, deviceId: 3, DeviceSecret: 4 });
    expect(unusedColumns(columns)).toEqual(['Note']);
  });

  test('is refused where it names no device, or a column twice', () => {
    expect(() => readHeader(['name', 'Nickname'])).toThrow(/no column DeviceName or deviceId/);
    expect(() => readHeader(['DeviceName;Nickname'])).toThrow(/separated by commas/);
    expect(() => readHeader(['deviceName', 'DeviceName'])).toThrow(/DeviceName twice/);
  });

  test('has to name deviceIds to reserve, and is then not read for what a device alone would have', () => {
    const header = ['deviceId', 'Nickname', 'DeviceSecret', 'ProductKey'];
    const columns = readColumns(header, { reserves: true });
    expect(columns).toMatchObject({ places: { deviceId: 0, ProductKey: 3 }, secretPlace: 2 });
    expect(unusedColumns(columns)).toEqual(['Nickname', 'DeviceSecret']);
    const line = { line: 2, fields: ['SN-1', '!', 'has space', 'a1'] };
    expect(readLine(line, columns, '')).toEqual({
      wanted: { line: 2, productKey: 'a1', deviceName: 'SN-1', deviceId: 'SN-1', nickname: '' },
    });
    expect(() => readColumns(['DeviceName'], { reserves: true })).toThrow(/no column deviceId/);
  });
});

describe('a line of a list', () => {
  const columns = readHeader([
    'DeviceName',
    'deviceId',
    'Nickname',
    'DeviceSecret',
    'ProductKey',
    'Note',
  ]);
  const read = (fields: readonly string[], productKey = 'a1') =>
    readLine({ line: 7, fields }, columns, productKey);

  test('asks for a device with what it gives', () => {
    expect(read([' lamp-1 ', '', ' 客厅 ', 's3cret', '', 'x'])).toEqual({
      wanted: {
        line: 7,
        productKey: 'a1',
        deviceName: 'lamp-1',
        nickname: ' 客厅 ',
        deviceSecret: 's3cret',
      },
    });
  });

  test('takes the name from the deviceId as the certificate distributor does', () => {
    expect(read(['', 'SN-0001', '', '', '', ''])).toMatchObject({
      wanted: { deviceName: 'SN-0001', deviceId: 'SN-0001' },
    });
    expect(read(['', 'SN/1', '', '', '', ''])).toMatchObject({
      wanted: { deviceName: expect.stringMatching(/^[0-9a-f]{32}$/), deviceId: 'SN/1' },
    });
    expect(read(['lamp-1', 'SN/1', '', '', '', ''])).toMatchObject({
      wanted: { deviceName: 'lamp-1', deviceId: 'SN/1' },
    });
  });

  test('may name its product where the command names none, or the same', () => {
    const line = ['lamp-1', '', '', '', 'a2', ''];
    expect(read(line, '')).toMatchObject({ wanted: { productKey: 'a2' } });
    expect(read(line, 'a2')).toMatchObject({ wanted: { productKey: 'a2' } });
    expect(read(line, 'a1')).toEqual({ fault: 'it names the product a2, --product another one' });
    expect(read(['lamp-1', '', '', '', '', ''], '')).toMatchObject({
      fault: expect.stringMatching(/^it names no ProductKey/),
    });
  });

  test('is nothing where it is empty', () => {
    expect(read(['', ' ', '', '', '', ''])).toBeUndefined();
    expect(read([''])).toBeUndefined();
  });

  const WRONG: readonly [fields: string[], fault: string][] = [
    [['lamp-1', '', '', ''], 'it has 4 columns, the header has 6'],
    [['lamp-1'], 'it has 1 column, the header has 6'],
    [['', '', 'x', '', '', ''], 'it has neither a DeviceName nor a deviceId'],
    [['abc', '', '', '', '', ''], 'the DeviceName has to be 4 to 32'],
    [['lamp 1', '', '', '', '', ''], 'the DeviceName has to be 4 to 32'],
    [['x'.repeat(33), '', '', '', '', ''], 'the DeviceName has to be 4 to 32'],
    [['', 'x'.repeat(65), '', '', '', ''], 'the deviceId has to be 1 to 64'],
    [['', 'SN 1', '', '', '', ''], 'the deviceId has to be 1 to 64'],
    [['lamp-1', '', '灯'.repeat(33), '', '', ''], 'the Nickname has to be 4 to 64'],
    [['lamp-1', '', 'abc', '', '', ''], 'the Nickname has to be 4 to 64'],
    [['lamp-1', '', '', 'with space', '', ''], 'the DeviceSecret has to be 1 to 64'],
    [['lamp-1', '', '', 'x'.repeat(65), '', ''], 'the DeviceSecret has to be 1 to 64'],
  ];
  for (const [fields, fault] of WRONG) {
    test(`is refused: ${fault} (${fields.join('|').slice(0, 20)})`, () => {
      expect(read(fields)).toEqual({ fault: expect.stringContaining(fault) });
      expect(JSON.stringify(read(fields))).not.toContain('with space');
    });
  }

  test.each(['', 'x'.repeat(64), '客厅', '💡'.repeat(32)])(
    'may have the nickname %j',
    (nickname) => {
      expect(read(['lamp-1', '', nickname, '', '', ''])).toMatchObject({ wanted: { nickname } });
    },
  );
});

describe('a nickname in a cell', () => {
  test('is no formula to a spreadsheet, and comes back as it was', () => {
    const nicknames = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      "'",
      "'=1",
      "''=1",
      "'abc",
      '＝1',
      'a=1',
      '',
      '灯',
    ];
    for (const nickname of nicknames) {
      const cell = safeCell(nickname);
      expect(cell).not.toMatch(/^[=+\-@\t\r＝]/);
      expect(plainCell(cell)).toBe(nickname);
    }
    expect(plainCell("'abc")).toBe("'abc");
  });
});
