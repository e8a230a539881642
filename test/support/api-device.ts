import { createLocalAnswers } from '../../shared/core/answers/local-answers.ts';
import type { DownlinkMessage } from '../../shared/ports/downlink.ts';
import { EMPTY_REQUEST, type Params, signedQuery, type TestApi, toQuery } from './openapi.ts';

export type ApiDevice = { ProductKey: string; DeviceName: string };

/** A product with one device, as its owner makes them through the API. */
export async function registerApiDevice(api: TestApi, product: Params = {}): Promise<ApiDevice> {
  const wanted = { NodeType: 0, ProductName: 'Test product', ...product };
  const { body } = await api.call('CreateProduct', wanted);
  const device = { ProductKey: String(body['ProductKey']), DeviceName: 'dev_001' };
  const registered = await api.call('RegisterDevice', device);
  if (registered.body.Success !== true) throw new Error(JSON.stringify(registered.body));
  return device;
}

export function connect(api: TestApi, { ProductKey, DeviceName }: ApiDevice): void {
  api.downlink.connected.add(`${ProductKey}/${DeviceName}`);
}

/** The reply as it stands, for what JSON.parse would round. */
export async function replyText(api: TestApi, action: string, params: Params): Promise<string> {
  const query = toQuery(signedQuery(action, params, api.clock.nowMs));
  return (await api.handler({ ...EMPTY_REQUEST, query })).body;
}

/** Every device answers before its message counts as sent: who does not wait by then waits in vain. */
export function answerWith(api: TestApi, answer: (message: DownlinkMessage) => Said): void {
  const { downlink, answers } = api.registry;
  api.registry.downlink = {
    ...downlink,
    publish: async (message) => {
      const said = answer(message);
      await answers.offer(said.topic, Buffer.from(said.payload));
      return downlink.publish(message);
    },
  };
}

type Said = { topic: string; payload: string };

/** Nobody waits for an answer longer than a moment; `waits` has for how long they meant to. */
export function expireAnswersAtOnce(api: TestApi): number[] {
  const waits: number[] = [];
  api.registry.answers = createLocalAnswers((run, ms) => {
    waits.push(ms);
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  });
  return waits;
}
