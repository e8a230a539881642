import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Demo } from '../../../../infra/local/demo.ts';
import { firstSteps } from '../../../../infra/local/first-steps.ts';

const DEMO: Demo = {
  productKey: 'a1demo',
  productSecret: 'product-secret',
  deviceName: 'demo-device',
  deviceSecret: 'device-secret',
  unactivatedDeviceName: 'demo-unactivated',
  unactivatedDeviceSecret: 'other-secret',
  accessKeyId: 'id',
  accessKeySecret: 'secret',
  endpoints: { http: 'http://127.0.0.1:8080', mqtt: 'mqtt://127.0.0.1:1883' },
};

test.each(['.mooring', join(process.cwd(), '.mooring')])(
  'the default folder goes without saying: %s',
  (dataDir) => {
    const steps = firstSteps(DEMO, dataDir);
    expect(steps).not.toContain('--data-dir');
    expect(steps).toContain('\n  npx mooring device connect\n');
  },
);

test.each(['data', 'my data', "the tide's $HOME `id`", '-data'])(
  'commands name another folder: %s',
  (dataDir) => {
    const commands = mooringCommands(firstSteps(DEMO, dataDir));
    expect(commands.map(([name]) => name)).toEqual([
      'QueryDevicePropertyStatus',
      'SetDeviceProperty',
      'device',
    ]);
    for (const words of commands) {
      expect(words.slice(-2)).toEqual(['--data-dir', join(process.cwd(), dataDir)]);
    }
  },
);

/** The words that a shell makes of each. */
function mooringCommands(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('  npx mooring '));
  return lines.map((line) => {
    const script = `npx() { shift; printf '%s\\n' "$@"; }\n${line}`;
    return execFileSync('sh', ['-ec', script], { encoding: 'utf8' }).trimEnd().split('\n');
  });
}
