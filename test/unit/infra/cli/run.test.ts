import { describe, expect, test } from 'vitest';
import { findAction } from '../../../../functions/openapi/actions.ts';
import { ACTIONS } from '../../../../infra/cli/actions.ts';
import { runCli } from '../../../support/cli.ts';

const COMMANDS = [
  'tail',
  'sign',
  'keys',
  'dead-letters',
  'rebuild-indexes',
  'devices',
  'import',
  'tables',
  'access-keys',
];

describe('the command line', () => {
  test('without a command shows what there is and counts as wrong', async () => {
    const { code, out, err } = await runCli([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: mooring <Action>');
  });

  test('shows its help on standard output', async () => {
    const { code, out, err } = await runCli(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const name of [...COMMANDS, 'QueryDevice']) expect(out).toContain(`  ${name}`);
  });

  for (const name of COMMANDS) {
    test(`shows the usage of ${name}, whatever else is given`, async () => {
      const { code, out } = await runCli([name, '--nonsense', '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: mooring ${name}`);
    });
  }

  test('shows the parameters of an action', async () => {
    const { code, out } = await runCli(['QueryDevice', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('QueryDevice: --ProductKey [--PageSize');
  });

  const WRONG: readonly [args: string[], message: string][] = [
    [['tial'], 'There is no command "tial". Did you mean tail?\nSee mooring --help'],
    [['queryDevice'], 'There is no command "queryDevice". Did you mean QueryDevice?'],
    [['xylophone'], 'There is no command "xylophone".\nSee mooring --help'],
    [
      ['tail', '--prodct', 'x'],
      'There is no option --prodct here. Did you mean --product?\nSee mooring tail --help',
    ],
    [['tail', 'now'], '"now" stands where an option was expected'],
    [['tail', '--product'], "Option '--product <value>' argument missing"],
    [
      ['QueryDevice', '--productKey', 'x'],
      'There is no option --productKey here. Parameters begin with a capital letter.',
    ],
    [['QueryDevice', '--ProductKey'], "Option '--ProductKey <value>' argument missing"],
    [['QueryDevice', '--ProductKey', '@/no/such/file'], 'names the file /no/such/file'],
    [
      [
        'QueryDevice',
        '--endpoint',
        'localhost',
        '--access-key-id',
        'a',
        '--access-key-secret',
        'b',
      ],
      'The endpoint "localhost" is not of the form http://host:port',
    ],
    [['dead-letters', 'list'], '--consumer is missing.'],
    [['dead-letters', 'lst', '--consumer', 'c'], 'There is no "lst" here. Did you mean list?'],
    [['dead-letters', '--consumer', 'c'], 'Say list or replay.'],
    [['dead-letters', 'list', '--consumer', 'c', '--limit', '0'], '--limit is "0"'],
    [['keys'], 'Say one of list, add, reseal, drop-old.'],
    [['keys', 'rotate'], 'There is no "keys rotate".'],
    [['rebuild-indexes'], '--product is missing.'],
    [['rebuild-indexes', '--product', 'a', '--store', 'dynamodb', '--data-dir', 'd'], 'not both.'],
    [['rebuild-indexes', '--product', 'a', '--product=b'], '--product is given twice.'],
    [['devices', 'import', 'x.csv', '--product', 'a', '--product', 'b'], '--product is given'],
    [['sign', '--product-key', 'a'], '--device-name is missing.'],
  ];
  for (const [args, message] of WRONG) {
    test(`refuses "${args.join(' ')}"`, async () => {
      const { code, out, err } = await runCli(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain(message);
    });
  }

  test('refuses a folder that holds no data, and makes none', async () => {
    const { code, err } = await runCli(['tail', '--data-dir', '/no/such/folder']);
    expect(code).toBe(1);
    expect(err).toBe(
      'mooring: /no/such/folder holds no data of Mooring. Name the folder with --data-dir or MOORING_DATA_DIR; npm start makes one.\n',
    );
  });

  test('names a variable of the environment that is wrong', async () => {
    const env = { MOORING_SYNC: 'never' };
    const { code, err } = await runCli(['tail'], { env });
    expect(code).toBe(1);
    expect(err).toContain('MOORING_SYNC is "never"');
  });
});

test('every action that the help lists is served by the OpenAPI function', () => {
  const unserved = Object.keys(ACTIONS).filter((name) => findAction(name) === undefined);
  expect(unserved).toEqual([]);
});
