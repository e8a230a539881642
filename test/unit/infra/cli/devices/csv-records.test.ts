import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CSV_START,
  type CsvPosition,
  type CsvRecord,
  readCsv,
} from '../../../../../infra/cli/devices/csv-records.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

function csvFile(content: string | Buffer): string {
  const path = join(tempFolder(), 'list.csv');
  writeFileSync(path, content);
  return path;
}

async function readAll(path: string, from: CsvPosition = CSV_START): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const some of readCsv(path, from)) records.push(...some);
  return records;
}

/** `line: fields`, or `line! fault`. */
const shown = (records: readonly CsvRecord[]) =>
  records.map((one) =>
    'fault' in one
      ? `${one.line}! ${one.fault.slice(0, 16)}`
      : `${one.line}: ${one.fields.join('|')}`,
  );

describe('readCsv', () => {
  test('takes BOM, CRLF, quotes, line breaks in quotes and blank lines, and counts the lines', async () => {
    const path = csvFile('\ufeffa,b\r\n\r\n"x ""y""","1\r\n2"\r\n\r\n\r\n灯,\r\nlast');
    expect(shown(await readAll(path))).toEqual(['1: a|b', '3: x "y"|1\r\n2', '7: 灯|', '8: last']);
  });

  test('reads nothing out of an empty file, and a record without a line end', async () => {
    expect(await readAll(csvFile(''))).toEqual([]);
    expect(await readAll(csvFile('\n\r\n'))).toEqual([]);
    expect(shown(await readAll(csvFile('a,b')))).toEqual(['1: a|b']);
  });

  test('goes on behind every record as if it had never stopped', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) =>
      index % 7 === 0 ? `"n ""${index}"", \n灯",${index}\r\n\r\n` : `name-${index},灯 ${index}\n`,
    );
    const path = csvFile(`\ufeffDeviceName,Nickname\r\n${lines.join('')}`);
    const whole = await readAll(path);
    expect(whole).toHaveLength(5001);
    for (const stop of [0, 1, 2, 1000, 1001, 2500, 4998, 4999, 5000]) {
      const from = whole[stop]?.end ?? CSV_START;
      expect(await readAll(path, from)).toEqual(whole.slice(stop + 1));
    }
  });

  test('has one fault for the line whose quote is wrong, and reads the lines around it', async () => {
    const path = csvFile('a,b\nx,"1" 2\nc,d\n\ny,1"2"\ne,f\nz,"never\ng,h\n');
    expect(shown(await readAll(path))).toEqual([
      '1: a|b',
      '2! a quote stands i',
      '3: c|d',
      '5! a quote stands i',
      '6: e|f',
      '7! a quote is not c',
      '8: g|h',
    ]);
  });

  test('has one fault for a line that never seems to end, and goes on behind it', async () => {
    const long = 'x'.repeat(300_000);
    const path = csvFile(`a,b\n\n${long}\nc,d\n"${long}\ne,f\n${long}`);
    expect(shown(await readAll(path))).toEqual([
      '1: a|b',
      '3! a quote is not c',
      '4: c|d',
      '5! a quote is not c',
      '6: e|f',
      '7! a quote is not c',
    ]);
  });

  test('has a fault for a line that is not UTF-8', async () => {
    const gbk = Buffer.from([0xb5, 0xc6]);
    const path = csvFile(Buffer.concat([Buffer.from('a,b\nx,'), gbk, Buffer.from('\nc,d\n')]));
    expect(shown(await readAll(path))).toEqual(['1: a|b', '2! it is not UTF-8;', '3: c|d']);
  });

  test('reads two thousand faulty lines one by one', async () => {
    const path = csvFile('a"b\n'.repeat(2000));
    const records = await readAll(path);
    expect(records).toHaveLength(2000);
    expect(records.at(-1)).toMatchObject({ line: 2000, end: { byte: 8000, line: 2001 } });
  });
});
