import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { IMPORT_OPTIONS, jobOf } from '../../infra/cli/moving-in/import-job.ts';
import { listenForInterruption } from '../../infra/cli/moving-in/interruption.ts';
import { moveAccount } from '../../infra/cli/moving-in/move-account.ts';
import { parseOptions } from '../../infra/cli/options.ts';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';
import { runCli } from '../support/cli.ts';
import { spawnMooring } from '../support/command-line.ts';
import { contentOf, FAST, fillFolder } from '../support/filled-account.ts';
import {
  answerOf,
  type ScriptedAnswer,
  type ScriptedApi,
  startScriptedApi,
} from '../support/scripted-api.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const TIMEOUT_MS = 60_000;
/** Three pages of the listing. */
const DEVICES = 120;
const UNKNOWN_KEY = answerOf({ Code: 'InvalidAccessKeyId.NotFound', Message: 'no' }, 400);

let account: TestStack;
let target: TestStack;
let productKey = '';
let api: ScriptedApi;
/** Instead of the account's; undefined: the account's own. */
let answer: (action: string) => ScriptedAnswer | undefined;

beforeAll(async () => {
  account = await startTestStack(FAST);
  const [key = ''] = await fillFolder(account.dataDir, { products: 1, devicesEach: DEVICES });
  productKey = key;
}, TIMEOUT_MS);

beforeEach(async () => {
  target = await startTestStack(FAST);
  answer = () => undefined;
  api = await startScriptedApi(async (form) => {
    const scripted = answer(form.get('Action') ?? '');
    if (scripted) return scripted;
    const url = `http://127.0.0.1:${account.port}/`;
    const reply = await fetch(url, { method: 'POST', body: form });
    return { status: reply.status, body: await reply.text() };
  });
});

afterEach(async () => {
  await api.stop();
  await target.stop();
});

afterAll(() => account.stop());

function optionsOf(...more: string[]): string[] {
  const { accessKeyId, accessKeySecret } = account.demo;
  const key = ['--access-key-id', accessKeyId, '--access-key-secret', accessKeySecret];
  const pace = ['--calls-per-second', '5000'];
  const place = ['--endpoint', api.endpoint, '--data-dir', target.dataDir];
  return [...key, ...pace, ...place, '--product', productKey, ...more];
}

const runImport = (...more: string[]) =>
  runCli(['import', 'aliyun', ...optionsOf(...more)], { env: FAST });

test('an access key that is refused says whether anything was moved before', async () => {
  answer = () => UNKNOWN_KEY;
  const refused = `mooring: ${api.endpoint}: the account refuses it: InvalidAccessKeyId.NotFound the account does not know the access key, or it is switched off.`;
  const dry = await runImport('--dry-run');
  expect(dry).toMatchObject({ code: 1, err: `${refused}\n` });
  const first = await runImport();
  expect(first).toMatchObject({ code: 1, err: `${refused} This run moved nothing.\n` });
  answer = (action) => (action === 'QueryDevice' ? UNKNOWN_KEY : undefined);
  const later = await runImport();
  const stays = 'What was moved until then stays; run the command again to go on.';
  expect(later).toMatchObject({ code: 1, err: `${refused} ${stays}\n` });
});

test(
  'an endpoint that is something else is given up after three attempts, which show, in whole sentences',
  async () => {
    answer = () => ({ status: 200, body: '<html>Welcome</html>' });
    const { values } = parseOptions(optionsOf(), IMPORT_OPTIONS);
    const config = readCliConfig({ MOORING_DATA_DIR: target.dataDir, ...FAST });
    const shown: string[] = [];
    const progress = { show: (line: string) => shown.push(line), end: () => undefined };
    const interruption = listenForInterruption();
    const move = { job: jobOf(values, config), config, progress, interruption };
    const reason = 'the answer is not one of the IoT OpenAPI';
    await expect(moveAccount(move)).rejects.toThrow(
      `${api.endpoint} did not answer QueryProduct in 3 attempts: ${reason}. Is this the address of the IoT OpenAPI? This run moved nothing.`,
    );
    interruption.end();
    expect(api.forms).toHaveLength(3);
    expect(shown).toEqual([
      `asking ${api.endpoint}`,
      `QueryProduct: attempt 2, after: ${reason}`,
      `QueryProduct: attempt 3, after: ${reason}`,
    ]);
  },
  TIMEOUT_MS,
);

test(
  'an import that is interrupted says so, ends as a signal does, and is gone on with',
  async () => {
    let pages = 0;
    let unanswered = 0;
    answer = (action) => {
      if (action === 'QueryDevice') pages += 1;
      if (pages !== 2 || action !== 'QueryDevicePropertyStatus') return undefined;
      unanswered += 1;
      return 'silence';
    };
    const child = spawnMooring(['import', 'aliyun', ...optionsOf()], FAST);
    const exit = once(child, 'exit');
    const told = child.stderr ? text(child.stderr) : '';
    while (unanswered === 0 && child.exitCode === null) await wait(10);
    child.kill('SIGINT');
    expect(await exit).toEqual([130, null]);
    expect(await told).toBe('interrupted; the same command goes on where it stood\n');

    answer = () => undefined;
    const { code, out } = await runImport();
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toContain('goes on where the last run was interrupted');
    expect(await contentOf(target.dataDir, [productKey])).toEqual(
      await contentOf(account.dataDir, [productKey]),
    );
  },
  TIMEOUT_MS,
);

test(
  'a dry run that is asked to end while nobody answers ends',
  async () => {
    answer = () => 'silence';
    const child = spawnMooring(['import', 'aliyun', ...optionsOf('--dry-run')], FAST);
    const exit = once(child, 'exit');
    const told = child.stderr ? text(child.stderr) : '';
    while (api.forms.length === 0 && child.exitCode === null) await wait(10);
    child.kill('SIGTERM');
    expect(await exit).toEqual([143, null]);
    expect(await told).toBe('interrupted\n');
  },
  TIMEOUT_MS,
);
