import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../../shared/runtime/config.ts';

const TLS = { MOORING_TLS_CERT: '/cert.pem', MOORING_TLS_KEY: '/key.pem' };

describe('the ports of the server-side subscription', () => {
  test.each([
    ['nothing is said', {}, { port: 5672 }],
    ['there is a certificate', TLS, { port: 5672, tlsPort: 5671 }],
    ['another port is chosen', { ...TLS, MOORING_AMQP_PORT: '0' }, { port: 0 }],
    [
      'both are chosen',
      { ...TLS, MOORING_AMQP_PORT: '0', MOORING_AMQPS_PORT: '0' },
      { port: 0, tlsPort: 0 },
    ],
    ['one is chosen without a certificate', { MOORING_AMQPS_PORT: '0' }, { port: 5672 }],
  ])('where %s', (_, env, ports) => {
    const { port, tlsPort } = readConfig(env).amqp ?? {};
    expect({ port, ...(tlsPort !== undefined && { tlsPort }) }).toEqual(ports);
  });

  test('are none where it is off', () => {
    expect(readConfig({ ...TLS, MOORING_AMQP_PORT: 'off' }).amqp).toBeUndefined();
  });

  test('are ports', () => {
    expect(() => readConfig({ MOORING_AMQP_PORT: '70000' })).toThrow(
      /MOORING_AMQP_PORT is "70000"/,
    );
  });
});

test('the pace of a backlog is a number of messages a second', () => {
  expect(readConfig({ MOORING_AMQP_BACKLOG_PER_SECOND: '5000' }).amqp?.backlogPerSecond).toBe(5000);
  expect(() => readConfig({ MOORING_AMQP_BACKLOG_PER_SECOND: '0' })).toThrow(
    /MOORING_AMQP_BACKLOG_PER_SECOND is "0", not a number from 1 to 100000/,
  );
});
