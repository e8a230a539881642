import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CommandError } from '../../../../infra/cli/command.ts';
import { explainStoreFaults } from '../../../../infra/cli/store-fault.ts';

const STORE = { service: 'DynamoDB', settings: 'AWS_REGION' };

const outcomeOf = (work: Promise<unknown>) =>
  explainStoreFaults(STORE, work).then(
    () => undefined,
    (error: unknown) => error,
  );

test('a store that does not answer is told of with what to check', async () => {
  const outcome = await outcomeOf(connectToNobody());
  expect(outcome).toBeInstanceOf(CommandError);
  expect(String(outcome)).toContain('DynamoDB: connect ECONNREFUSED');
  expect(String(outcome)).toContain('Check AWS_REGION');
});

test('a store that is too slow is told of without the words of its client', async () => {
  const slow = new Error('client: [ERROR] a request has exceeded the configured 3000 ms.');
  slow.name = 'TimeoutError';
  const outcome = await outcomeOf(Promise.reject(slow));
  expect(String(outcome)).toBe(
    'CommandError: DynamoDB: no answer in time. Check AWS_REGION: see docs/operations.md.',
  );
});

test('a file that fails while a store is in use is not put down to the store', async () => {
  const outcome = await outcomeOf(readFile('/nowhere/at/all'));
  expect(outcome).not.toBeInstanceOf(CommandError);
  expect(outcome).toMatchObject({ code: 'ENOENT' });
});

test('a fault of the program keeps its stack, and a refusal its words', async () => {
  const bug = new TypeError('not a function');
  expect(await outcomeOf(Promise.reject(bug))).toBe(bug);
  const refusal = new CommandError('There is no product here.');
  expect(await outcomeOf(Promise.reject(refusal))).toBe(refusal);
});

/** As node tells it. */
function connectToNobody(): Promise<never> {
  const error = new Error('connect ECONNREFUSED 127.0.0.1:1');
  return Promise.reject(Object.assign(error, { code: 'ECONNREFUSED', syscall: 'connect' }));
}
