import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { firstSteps } from '../../infra/local/first-steps.ts';
import { runScript } from '../support/command-line.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestStack } from '../support/test-stack.ts';
import { hasCommand } from './commands.ts';

const tools = ['bash', 'curl', 'mosquitto_pub', 'mosquitto_sub'];

describe.skipIf(!tools.every(hasCommand))('what the first start prints to paste', () => {
  test('posts over HTTP and over MQTT, and sets a property of the subscriber', async () => {
    const folder = tempFolder();
    const dataDir = join(folder, '.mooring');
    await mkdir(dataDir, { mode: 0o700 });
    const stack = await startTestStack({ MOORING_DATA_DIR: dataDir });
    onTestFinished(() => stack.stop());
    const output = await runScript(`${commandsOf(firstSteps(stack.demo))}\nwait`, folder);
    expect(output).toContain('{"code":0,"message":"success"');
    expect(output).toContain('"Value": "25.5"');
    expect(output).toMatch(/^\{"method":"thing\.service\.property\.set",.*"LightSwitch":1/m);
  });
});

/** The last one runs until it is interrupted. */
function commandsOf(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('  '));
  expect(lines.at(-1)).toBe('  npx mooring device connect');
  return lines.slice(0, -1).join('\n');
}
