import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runScript } from '../support/command-line.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the commands of the README ask of a machine beside Node. */
const MISSING = ['bash', 'curl', 'openssl', 'sed'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);

const READMES: readonly [file: string, heading: string][] = [
  ['README.md', '## First device in five minutes'],
  ['README.zh-CN.md', '## 五分钟接入第一台设备'],
];

let folder: string;
let stack: TestStack;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mooring-readme-'));
  const dataDir = join(folder, '.mooring');
  mkdirSync(dataDir, { mode: 0o700 });
  stack = await startTestStack({ MOORING_DATA_DIR: dataDir });
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(MISSING.length > 0)(
  `the commands to paste (they need bash, curl, openssl and sed; missing: ${MISSING.join(', ') || 'none'})`,
  () => {
    for (const [file, heading] of READMES) {
      test(`of ${file} sign a device in, post, and read back what was posted`, async () => {
        const output = await runScript(scriptUnder(heading, file), folder);
        expect(output).toMatch(/^token: [\w-]{40,192}$/m);
        expect(
          output.match(/^\{"code":0,"message":"success","info":\{"messageId":\d{18,19}\}\}$/gm),
        ).toHaveLength(2);
        expect(output).toContain('"Value": "25.5"');
        expect(output).toContain('"Identifier": "Overheat"');
        expect(output).toMatch(/"DeviceName": "tank-1",\n {4}"DeviceSecret": "[0-9a-f]{32}"/);
      });
    }
  },
);

test('both languages give the same commands', () => {
  const [english, chinese] = READMES.map(([file, heading]) => scriptUnder(heading, file));
  expect(chinese).toBe(english);
});

/** The shell blocks between a heading and the next one, as one script. */
function scriptUnder(heading: string, file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const start = text.indexOf(`${heading}\n`);
  if (start < 0) throw new Error(`${file} has no heading "${heading}"`);
  const [section = ''] = text.slice(start + heading.length).split(/^## /m, 1);
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  if (blocks.length === 0) throw new Error(`${file} has no commands under "${heading}"`);
  return blocks.join('\n');
}
