import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startTestStack } from '../support/test-stack.ts';

async function openRules() {
  const stack = await startTestStack();
  onTestFinished(stack.stop);
  const env = { MOORING_DATA_DIR: stack.dataDir };
  return (...args: string[]) => runCli(['rules', ...args], { env });
}

test('rules are added, listed, tried and removed', async () => {
  const rules = await openRules();
  expect(await rules('list')).toMatchObject({
    code: 0,
    err: expect.stringContaining('There are no rules'),
  });
  const added = await rules(
    'add',
    '--name',
    'report',
    '--topic',
    '/+/+/user/#',
    '--target',
    'fc3:report',
    '--qualifier',
    'prod',
    '--order',
    'device',
  );
  const line =
    'report  (100)  /+/+/user/# -> fc3:report (qualifier prod), up to 100 in a call within 200 ms, in the order of each device\n';
  expect(added).toEqual({ code: 0, out: line, err: '' });
  await rules(
    'add',
    '--name',
    'raw',
    '--topic',
    '#',
    '--product',
    'pk1',
    '--target',
    'https://example.com/in',
    '--payload',
    'body',
    '--priority',
    '1',
  );
  expect((await rules('list')).out).toBe(
    `raw  (1)  # of pk1 -> https://example.com/in, the body alone\n${line}`,
  );
  expect(JSON.parse((await rules('list', '--json')).out)).toMatchObject([
    { name: 'raw' },
    { name: 'report' },
  ]);
  expect(await rules('test', '--topic', '/pk1/d/user/x')).toMatchObject({
    code: 0,
    out: 'raw -> https://example.com/in\n',
  });
  expect(await rules('test', '--topic', '/pk2/d/user/x')).toMatchObject({
    code: 0,
    out: 'report -> fc3:report (qualifier prod)\n',
  });
  expect(await rules('test', '--topic', '/x/y', '--product', 'pk1')).toMatchObject({
    out: 'raw -> https://example.com/in\n',
  });
  expect(await rules('test', '--topic', '/x/y')).toMatchObject({
    code: 1,
    err: expect.stringContaining('No rule covers /x/y'),
  });
  const again = ['add', '--name', 'raw', '--topic', '/a', '--target', 'lambda:raw'];
  expect(await rules(...again)).toMatchObject({
    code: 1,
    err: 'mooring: There is a rule raw already: --replace puts this one in its place.\n',
  });
  expect(await rules(...again, '--replace')).toMatchObject({ code: 0 });
  expect(await rules('remove', '--name', 'raw')).toMatchObject({
    code: 0,
    out: 'raw is removed.\n',
  });
  expect(await rules('remove', '--name', 'raw')).toMatchObject({
    code: 1,
    err: 'mooring: There is no rule raw.\n',
  });
});

const VALID = ['add', '--name', 'a', '--topic', '#', '--target', 'fc3:f'];

test.each([
  { args: [], error: 'Say one of list, add, remove, test.' },
  { args: ['lits'], error: 'There is no "rules lits". Did you mean list?' },
  { args: ['add'], error: '--name is missing.' },
  { args: ['add', '--name', 'a'], error: '--topic is missing.' },
  { args: ['add', '--name', 'a', '--topic', '#'], error: '--target is missing.' },
  {
    args: ['add', '--name', 'a', '--topic', '/#/a', '--target', 'fc3:f'],
    error: '--topic: # comes last, as in /+/+/user/#.',
  },
  {
    args: ['add', '--name', 'a', '--topic', '#', '--target', 'fc4:f'],
    error:
      '--target: "fc4" is no kind of target: there are fc3:FUNCTION, fc2:SERVICE/FUNCTION, lambda:FUNCTION or an http(s) URL.',
  },
  {
    args: ['add', '--name', 'a', '--topic', '#', '--target', 'fc3:'],
    error: '--target: the name of the function is missing: fc3:report.',
  },
  {
    args: [...VALID, '--batch-size', 'x'],
    error: '--batch-size: is a whole number from 1 to 1000.',
  },
  { args: [...VALID, '--order', 'all'], error: '--order: is one of none, device.' },
  {
    args: [...VALID, '--store', 'dynamodb', '--data-dir', 'x'],
    error: 'Give --store or --data-dir, not both.',
  },
  { args: ['test'], error: '--topic is missing.' },
  { args: ['remove'], error: '--name is missing.' },
])('rules $args is refused', async ({ args, error }) => {
  expect(await runCli(['rules', ...args], { env: {} })).toEqual({
    code: 2,
    out: '',
    err: `mooring: ${error}\nSee mooring rules --help\n`,
  });
});
