import { hmac } from './hmac.ts';
import type { SignMethod } from './sign-method.ts';

/** Whom a consumer says it is (protocol.md 8.1). */
export type AmqpConsumer = {
  /** At most 64 characters, another one for each consumer of the group. */
  clientId: string;
  accessKeyId: string;
  accessKeySecret: string;
  consumerGroupId: string;
  /** Of a purchased instance. */
  instanceId?: string;
};

export type AmqpLogin = { username: string; password: string };

/** The login of a consumer: the timestamp of the name is the one that is signed. */
export function amqpLogin(
  { clientId, accessKeyId, accessKeySecret, consumerGroupId, instanceId }: AmqpConsumer,
  timestampMs: number,
): AmqpLogin {
  const parameters = [
    'authMode=aksign',
    `signMethod=${METHOD}`,
    `timestamp=${timestampMs}`,
    `authId=${accessKeyId}`,
    ...(instanceId === undefined ? [] : [`iotInstanceId=${instanceId}`]),
    `consumerGroupId=${consumerGroupId}`,
  ];
  const content = `authId=${accessKeyId}&timestamp=${timestampMs}`;
  return {
    username: `${clientId}|${parameters.join(',')}|`,
    password: hmac(METHOD, accessKeySecret, content).toString('base64'),
  };
}

const METHOD: SignMethod = 'hmacsha1';
