import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runScript } from '../support/command-line.ts';
import { startTestStack } from '../support/test-stack.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the commands of the README ask of a machine beside Node. */
const MISSING = ['bash', 'curl', 'openssl', 'sed'].filter(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);

/** Sections that are pasted one after another, in one shell. */
const READMES: readonly [file: string, headings: readonly string[]][] = [
  [
    'README.md',
    [
      '## First device in five minutes',
      '## Devices without a secret of their own',
      '## Many devices, and moving in',
    ],
  ],
  [
    'README.zh-CN.md',
    [
      '## 五分钟接入第一台设备',
      '## 没有烧录设备密钥的设备（一型一密与证书分发）',
      '## 批量导入与迁入',
    ],
  ],
];

const COMMANDS_TIMEOUT_MS = 60_000;

describe.skipIf(MISSING.length > 0)(
  `the commands to paste (they need bash, curl, openssl and sed; missing: ${MISSING.join(', ') || 'none'})`,
  () => {
    for (const [file, headings] of READMES) {
      test(
        `of ${file} sign a device in, read back what it posted, and give new devices their identity`,
        async () => {
          const { output, exported } = await runOnNewFolder(scriptUnder(headings, file));
          expectFirstDevice(output);
          expectIdentities(output);
          expect(exported).toMatch(/,SN-0001,\w{32},First off the line,UNACTIVE,/);
          expect(exported).toMatch(/,SN-0002,\w{32},,UNACTIVE,/);
        },
        COMMANDS_TIMEOUT_MS,
      );
    }
  },
);

test('both languages give the same commands', () => {
  const [english, chinese] = READMES.map(([file]) => fencedIn(readmeOf(file)));
  expect(chinese).toEqual(english);
});

test('both languages name every variable that is read from the environment', () => {
  const sources = ['config.ts', 'cli-config.ts', 'mqtt-config.ts', 'cloud-config.ts'].map((file) =>
    readFileSync(join(ROOT, 'shared/runtime', file), 'utf8'),
  );
  const read = sources.join('\n').matchAll(/'((?:MOORING|ALIBABA_CLOUD|AWS)_[A-Z_]+)'/g);
  const names = [...new Set([...read].map(([, name = '']) => name))];
  expect(names).toContain('MOORING_IDENTITIES');
  for (const [file] of READMES) {
    const text = readmeOf(file);
    expect(
      names.filter((name) => !text.includes(`\`${name}\``)),
      file,
    ).toEqual([]);
  }
});

async function runOnNewFolder(script: string): Promise<{ output: string; exported: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-readme-'));
  const dataDir = join(folder, '.mooring');
  mkdirSync(dataDir, { mode: 0o700 });
  const stack = await startTestStack({ MOORING_DATA_DIR: dataDir });
  try {
    const output = await runScript(script, folder);
    return { output, exported: readFileSync(join(folder, 'devices.csv'), 'utf8') };
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function expectFirstDevice(output: string): void {
  expect(output).toMatch(/^token: [\w-]{40,192}$/m);
  expect(
    output.match(/^\{"code":0,"message":"success","info":\{"messageId":\d{18,19}\}\}$/gm),
  ).toHaveLength(2);
  expect(output).toContain('"Value": "25.5"');
  expect(output).toContain('"Identifier": "Overheat"');
  expect(output).toMatch(/"DeviceName": "tank-1",\n {4}"DeviceSecret": "[0-9a-f]{32}"/);
}

function expectIdentities(output: string): void {
  expect(output).toMatch(
    /^\{"code":200,"data":\{"productKey":"\w+","deviceName":"demo-unactivated","deviceSecret":"[0-9a-f]{32}"\},"message":"success"\}$/m,
  );
  expect(output).toContain('2 devices registered, 0 lines rejected');
  expect(output).toMatch(
    /^\{"productKey":"\w+","deviceName":"SN-0001","deviceSecret":"[0-9a-f]{32}"\}$/m,
  );
  expect(output).toContain('"IssueCount": 1');
  expect(output).toMatch(
    /^\{"success":true,"data":\{"ProductKey":"\w+","DeviceName":"tank-2","DeviceSecret":"[0-9a-f]{32}","IotId":"\w{32}"\}\}$/m,
  );
}

/** The shell blocks from each heading to the next one, as one script. */
function scriptUnder(headings: readonly string[], file: string): string {
  return headings.flatMap((heading) => blocksUnder(heading, file)).join('\n');
}

function blocksUnder(heading: string, file: string): string[] {
  const text = readmeOf(file);
  const start = text.indexOf(`${heading}\n`);
  if (start < 0) throw new Error(`${file} has no heading "${heading}"`);
  const [section = ''] = text.slice(start + heading.length).split(/^## /m, 1);
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  if (blocks.length === 0) throw new Error(`${file} has no commands under "${heading}"`);
  return blocks;
}

/** Those to run and those to read. */
function fencedIn(text: string): string[] {
  return [...text.matchAll(/^```(?:sh|console)\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

function readmeOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
