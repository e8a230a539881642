import { expect, test } from 'vitest';
import { followShadow } from '../../../../../infra/cli/device/shadow-report.ts';
import type { Outgoing } from '../../../../../infra/cli/device/simulated-device.ts';

const DEVICE = { productKey: 'a1', deviceName: 'dev' };

function follow(shadow: Record<string, unknown>) {
  const sent: unknown[] = [];
  const publish = ({ payload }: Outgoing) => void sent.push(JSON.parse(payload));
  const script = { posts: [], events: [], messages: [], filters: [], qos: 1 } as const;
  const given = { ...script, shadow, getsShadow: false, answers: new Map() };
  const following = followShadow({ device: DEVICE, script: given, publish });
  const arrive = (message: object) =>
    following.take('/shadow/get/a1/dev', Buffer.from(JSON.stringify(message)));
  let isAnswered = false;
  void following.answered.then(() => {
    isAnswered = true;
  });
  const answered = async () => {
    await Promise.resolve();
    return isAnswered;
  };
  following.begin();
  return { sent, arrive, answered };
}

test('what answers the report of an earlier connection is not taken for the shadow', async () => {
  const { sent, arrive, answered } = follow({ color: 'blue' });
  arrive({ method: 'reply', payload: { status: 'success', version: 1 } });
  arrive({ method: 'control', payload: { state: { desired: { color: 'red' } } }, version: 9 });
  expect(sent).toEqual([{ method: 'get' }]);
  arrive({ method: 'reply', payload: { status: 'success', state: {} }, version: 1 });
  expect(sent.at(-1)).toMatchObject({ method: 'update', version: 2 });
  expect(await answered()).toBe(false);
  arrive({ method: 'reply', payload: { status: 'success', version: 2 } });
  expect(await answered()).toBe(true);
  expect(sent).toHaveLength(2);
});
