import { expect, test } from 'vitest';
import { createChildProcesses } from '../../../../infra/local/child-processes.ts';

const idle = 'setInterval(() => undefined, 1000);';

test('a process is started when it has printed that it is ready, and stopped without being lost', async () => {
  const lost: string[] = [];
  const children = createChildProcesses((reason) => void lost.push(reason));
  await children.start(
    'a',
    [
      '-e',
      `${idle} process.stdout.write('rea'); setTimeout(() => process.stdout.write('dy\\n'), 50)`,
    ],
    'ready',
  );
  await children.stop();
  expect(lost).toEqual([]);
});

test('a process that ends by itself is reported with its exit code', async () => {
  const lost = await new Promise((resolve) => {
    const children = createChildProcesses(resolve);
    void children.start('the pump', ['-e', 'process.exit(3)']);
  });
  expect(lost).toBe('the pump ended with exit code 3');
});
