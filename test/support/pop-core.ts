import { createRequire } from 'node:module';
import type RpcClient from '@alicloud/pop-core';
import type { TestStack } from './test-stack.ts';

// CommonJS: required, it is what a user's program gets.
const Rpc: typeof RpcClient = createRequire(import.meta.url)('@alicloud/pop-core');

type Parameters = Readonly<Record<string, string | number | boolean>>;
type Reply = Record<string, unknown>;

/** The server end: calls an action of a stack with pop-core and the demo's access key. Rejects as pop-core does. */
export function callAction(
  { demo, endpoints }: Pick<TestStack, 'demo' | 'endpoints'>,
  action: string,
  parameters: Parameters,
): Promise<Reply> {
  const { accessKeyId, accessKeySecret } = demo;
  const endpoint = endpoints['http'] ?? '';
  const client = new Rpc({ endpoint, apiVersion: '2018-01-20', accessKeyId, accessKeySecret });
  return client.request<Reply>(action, parameters, { method: 'POST', timeout: 10_000 });
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
