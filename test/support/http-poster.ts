import { signInForm } from './device-http.ts';
import type { TestStack } from './test-stack.ts';

export type Posted = { code: number; messageId: string };

/** The demo device over HTTP: signs in, then posts whatever it is given. `topic` begins with a slash. */
export async function signInOverHttp({ demo, endpoints }: Pick<TestStack, 'demo' | 'endpoints'>) {
  const origin = endpoints['http'] ?? '';
  const send = async (path: string, headers: Record<string, string>, body: string) => {
    const reply = await fetch(`${origin}${path}`, { method: 'POST', headers, body });
    // messageId is a number beyond 2^53.
    const text = (await reply.text()).replace(/"messageId":(\d+)/, '"messageId":"$1"');
    return JSON.parse(text) as { code: number; info?: { token?: string; messageId?: string } };
  };
  const form = JSON.stringify(signInForm({ ...demo, iotId: '' }));
  const { info } = await send('/auth', { 'content-type': 'application/json' }, form);
  const headers = { 'content-type': 'application/octet-stream', password: info?.token ?? '' };
  return async (topic: string, body: string): Promise<Posted> => {
    const { code, info: posted } = await send(`/topic${topic}`, headers, body);
    return { code, messageId: posted?.messageId ?? '' };
  };
}
