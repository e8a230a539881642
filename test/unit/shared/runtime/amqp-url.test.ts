import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../../shared/runtime/config.ts';

describe('MOORING_BUS', () => {
  test.each([undefined, '', ' ', 'lmdb'])('%j leaves the bus to the store', (text) => {
    expect(readConfig({ MOORING_BUS: text })).not.toHaveProperty('busUrl');
  });

  test.each([
    'amqp://mooring:secret@127.0.0.1:5672',
    'amqps://mooring:a%2Fb@b-1.mq.eu-central-1.amazonaws.com:5671',
    'amqp://mooring:secret@rabbit/mooring',
  ])('%s is taken as it is', (url) => {
    expect(readConfig({ MOORING_BUS: url }).busUrl).toBe(url);
  });

  test.each([
    'rabbitmq',
    'http://mooring:my-own@host',
    'amqp://mooring:my-own@host:99999',
    'amqp://mooring:my-own/one@host',
    'amqp://mooring:my-own%one@host',
  ])('%s is refused without showing it', (url) => {
    const read = () => readConfig({ MOORING_BUS: url });
    expect(read).toThrow(
      'MOORING_BUS is neither lmdb nor of the form amqp://user:password@host:5672, with % and / in the password as %25 and %2F; example: MOORING_BUS=amqp://mooring:secret@127.0.0.1:5672',
    );
    expect(read).not.toThrow(/my-own|rabbitmq/);
  });
});
