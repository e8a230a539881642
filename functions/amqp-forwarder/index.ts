import { openFunctionStore } from '#store';
import { createRabbitmqRequeue } from '../../shared/adapters/rabbitmq/rabbitmq-requeue.ts';
import { listRules } from '../../shared/core/forwarding/rules.ts';
import { readForwarderConfig } from '../../shared/runtime/forwarder-config.ts';
import { decodeForwarderEvent } from '../../shared/runtime/forwarder-event.ts';
import { remainingMs } from '../../shared/runtime/function-time.ts';
import { type CloudHandler, parseEvent } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { once } from '../../shared/runtime/once.ts';
import {
  openDeadLetters,
  openFunctionTargets,
  openMessageSource,
} from '../../shared/runtime/open-forwarder.ts';
import type { OpenFunctionStore } from '../../shared/runtime/open-parts.ts';
import { aliyunCredentials, noteRoleCredentials } from '../../shared/runtime/role-credentials.ts';
import { later, waitMs } from '../../shared/runtime/wait.ts';
import { createHandler } from './handler.ts';

const openStore: OpenFunctionStore = openFunctionStore;

const open = once(() => {
  const config = readForwarderConfig();
  const nowMs = () => Date.now();
  const log = createLog({ level: config.logLevel });
  const { aliyun, rabbitmqUrl } = config;
  const store = openStore({ ...config, nowMs, credentials: aliyunCredentials(aliyun) });
  const targets = openFunctionTargets(config);
  const requeue =
    rabbitmqUrl === undefined ? undefined : createRabbitmqRequeue({ url: rabbitmqUrl, log });
  return { config, store, targets, requeue, nowMs, log };
});

/**
 * Called by a timer, it drains its source; called by a queue of RabbitMQ, it forwards what that brings.
 * Rules are read at each call. Opens nothing before the first.
 */
export const handler: CloudHandler = async (...input) => {
  const [event, context] = input;
  noteRoleCredentials(context);
  const call = decodeForwarderEvent(parseEvent(event));
  const { config, store, targets, requeue, nowMs, log } = await open();
  const current = await listRules(store);
  const { window, calls } = config;
  const parts = { rules: () => current, targets, window, calls, later, nowMs, log };
  const handle = createHandler({
    drain: () => ({
      ...parts,
      source: openMessageSource(config, { log, nowMs }),
      deadLetters: openDeadLetters(config, targets, { nowMs }),
      waitMs,
    }),
    queue: () => ({ ...parts, requeue }),
  });
  if (call.kind === 'queue') return handle(call);
  const budgetMs = config.budgetMs ?? remainingMs(context) ?? DEFAULT_BUDGET_MS;
  const { idleMs, drainMs } = config;
  return handle({ kind: 'timer', limits: { idleMs, drainMs, budgetMs } });
};

const DEFAULT_BUDGET_MS = 50_000;
