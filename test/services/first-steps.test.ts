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
  test.each(['.mooring', "the tide's data"])(
    'posts over HTTP and over MQTT, and sets a property of the subscriber, on the folder %s',
    async (name) => {
      const folder = tempFolder();
      const dataDir = join(folder, name);
      await mkdir(dataDir, { mode: 0o700 });
      const stack = await startTestStack({ MOORING_DATA_DIR: dataDir });
      onTestFinished(() => stack.stop());
      const steps = firstSteps(stack.demo, name === '.mooring' ? name : dataDir);
      const output = await runScript(commandsOf(steps), folder);
      expect(output).toContain('{"code":0,"message":"success"');
      expect(output).toContain('"Value": "25.5"');
      expect(output).toMatch(/^\{"method":"thing\.service\.property\.set",.*"LightSwitch":1/m);
    },
  );
});

/** The last one would run until it is interrupted; it fails where it finds no server. */
function commandsOf(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('  '));
  expect(lines.at(-1)).toMatch(/^ {2}npx mooring device connect/);
  return [...lines.slice(0, -1), 'wait', `${lines.at(-1)} --for 0`].join('\n');
}
