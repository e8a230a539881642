import type { Downlink } from '../../ports/downlink.ts';
import { type FunctionPopOptions, openFunctionPopClient } from './function-pop-client.ts';
import type { PopClient } from './pop-client.ts';
import type { PopParameters } from './pop-core.ts';

/** Somebody waits for the answer, and the function has 10 s. */
const PATIENCE = { attempts: 4, budgetMs: 8000 };

/**
 * To devices that are connected to Alibaba Cloud: Pub and PubBroadcast of an account (protocol.md 7.4).
 * Pub takes custom topics alone, and neither says whether anybody is there: a message is `sent`.
 * Opens nothing before the first call.
 */
export function openAliyunDownlink(options: FunctionPopOptions): Downlink {
  return createAliyunDownlink(openFunctionPopClient(options, PATIENCE));
}

function createAliyunDownlink(client: PopClient): Downlink {
  const content = (payload: Uint8Array) => Buffer.from(payload).toString('base64');
  return {
    publish: async ({ productKey, topic, payload, qos, isTransient = false }) => {
      await call(client, 'Pub', {
        ProductKey: productKey,
        TopicFullName: topic,
        MessageContent: content(payload),
        // An account keeps QoS 1 for devices that are away.
        Qos: isTransient ? 0 : qos,
      });
      return 'sent';
    },
    broadcast: ({ productKey, topic, payload }) =>
      call(client, 'PubBroadcast', {
        ProductKey: productKey,
        TopicFullName: topic,
        MessageContent: content(payload),
      }),
    connectedDevices: async () => undefined,
    disconnect: async () => undefined,
    liveness: async () => 'unknown',
    close: async () => undefined,
  };
}

async function call(client: PopClient, action: string, parameters: PopParameters): Promise<void> {
  const reply = await client.call(action, parameters);
  if (reply.ok) return;
  const { failure } = reply;
  const reason =
    failure.kind === 'identity-source-refused'
      ? `${failure.code}: ${failure.message}`
      : 'too many calls for its limits';
  throw new Error(`Alibaba Cloud refuses ${action} to ${parameters['TopicFullName']}: ${reason}`);
}
