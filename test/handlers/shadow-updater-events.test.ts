import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFunctions } from '../support/event-fixture.ts';

const events = join(import.meta.dirname, '../../events/shadow-updater');

const readJson = (file: string): unknown => JSON.parse(readFileSync(join(events, file), 'utf8'));

const payloads = readdirSync(events).filter((file) => file !== 'expected.json');
const expected = readJson('expected.json') as Record<string, object>;

test.each(payloads)('events/shadow-updater/%s gets its expected answer', async (file) => {
  const update = (await openFunctions())['shadow-updater'];
  if (!update) throw new Error('shadow-updater is not among the functions');
  expect(await update(readJson(file))).toMatchObject(expected[file] ?? {});
});

test('every payload of shadow-updater has an expected answer', () => {
  expect(Object.keys(expected).sort()).toEqual(payloads.sort());
});
