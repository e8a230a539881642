import { randomUUID } from 'node:crypto';
import { createAmqpDeadLetters } from '../adapters/amqp/amqp-dead-letters.ts';
import { createAmqpSource } from '../adapters/amqp/amqp-source.ts';
import { createFc2Target } from '../adapters/fc/fc2-target.ts';
import { createFc3Target } from '../adapters/fc/fc3-target.ts';
import { createHttpTarget } from '../adapters/http/http-target.ts';
import { createLambdaTarget } from '../adapters/lambda/lambda-target.ts';
import type { DeadLetterPolicy } from '../core/forwarding/give-up.ts';
import { createTargetDeadLetters } from '../core/forwarding/target-dead-letters.ts';
import { amqpLogin } from '../core/signing/amqp-login.ts';
import type { FunctionTargets } from '../ports/function-target.ts';
import type { Log } from '../ports/log.ts';
import type { MessageSource } from '../ports/message-source.ts';
import { ConfigError } from './config.ts';
import { type ForwarderConfig, requireSource } from './forwarder-config.ts';
import type { ForwarderSource, ParsedUrl } from './forwarder-source.ts';
import { aliyunCredentials } from './role-credentials.ts';
import { later } from './wait.ts';

/** The targets of every kind. Each loads its SDK at its first call, and fails there where its settings are missing. */
export function openFunctionTargets(config: ForwarderConfig): FunctionTargets {
  const { callTimeoutMs: timeoutMs } = config;
  const fc = fcAccess(config);
  const http = createHttpTarget({ timeoutMs });
  const lambda = createLambdaTarget({ ...config.lambda, timeoutMs });
  const fc2 = fc && createFc2Target(fc);
  const fc3 = fc && createFc3Target(fc);
  return {
    invoke: (target, call) => {
      switch (target.kind) {
        case 'http':
          return http.invoke(target, call);
        case 'lambda':
          return lambda.invoke(target, call);
        case 'fc2':
          return fc2 ? fc2.invoke(target, call) : Promise.resolve(NO_FC);
        case 'fc3':
          return fc3 ? fc3.invoke(target, call) : Promise.resolve(NO_FC);
      }
    },
    close: async () => {
      await Promise.all([http, lambda, fc2, fc3].map((caller) => caller?.close()));
    },
  };
}

const NO_FC = {
  kind: 'failed',
  reason:
    'Function Compute needs MOORING_FC_ACCOUNT_ID and MOORING_FC_REGION; example: MOORING_FC_REGION=cn-shanghai',
} as const;

function fcAccess({ fc, aliyun, callTimeoutMs: timeoutMs }: ForwarderConfig) {
  const { accountId, region, endpoint } = fc;
  if (accountId === undefined || region === undefined) return undefined;
  const credentials = aliyunCredentials(aliyun);
  return { accountId, region, credentials, timeoutMs, ...(endpoint !== undefined && { endpoint }) };
}

type Opening = { log: Log; nowMs: () => number };

/** @throws ConfigError where no source is named. */
export function openMessageSource(config: ForwarderConfig, { log, nowMs }: Opening): MessageSource {
  const source = requireSource(config);
  const { server: endpoint, address, clientId } = source;
  return createAmqpSource({
    endpoint,
    login: () => loginOf(source, nowMs()),
    ...(address !== undefined && { address }),
    clientId,
    later,
    randomFraction: Math.random,
    makeId: randomUUID,
    nowMs,
    log,
  });
}

/** @throws ConfigError for an address of a source where none is named. */
export function openDeadLetters(
  config: ForwarderConfig,
  targets: FunctionTargets,
  { nowMs }: Pick<Opening, 'nowMs'>,
): DeadLetterPolicy {
  const { deadLetters } = config;
  switch (deadLetters.kind) {
    case 'release':
    case 'reject':
      return deadLetters;
    case 'target':
      return { kind: 'send', sink: createTargetDeadLetters(deadLetters.target, targets) };
    case 'source-address': {
      const source = requireSource(config);
      const { server: endpoint } = source;
      const sending = { endpoint, login: () => loginOf(source, nowMs()), nowMs };
      return sendTo(deadLetters.address, sending, source.clientId);
    }
    case 'amqp': {
      const { server, address } = deadLetters;
      return sendTo(address, { endpoint: server, login: () => loginIn(server), nowMs }, 'mooring');
    }
  }
}

type Sending = Pick<Parameters<typeof createAmqpDeadLetters>[0], 'endpoint' | 'login' | 'nowMs'>;

function sendTo(address: string, sending: Sending, clientId: string): DeadLetterPolicy {
  const sink = createAmqpDeadLetters({ ...sending, address, clientId: `${clientId}-dead` });
  return { kind: 'send', sink };
}

function loginOf({ login, clientId }: ForwarderSource, nowMs: number) {
  return login.kind === 'plain' ? login : amqpLogin({ ...login, clientId }, nowMs);
}

function loginIn({ login }: ParsedUrl) {
  if (login) return login;
  throw new ConfigError('MOORING_FORWARDER_DEAD_LETTERS has no user and password');
}
