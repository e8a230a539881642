import { expect, test } from 'vitest';
import { createHandshakeLog } from '../../../../../infra/local/net/handshake-log.ts';
import { captureLog } from '../../../../support/captured-log.ts';

test('a client whose TLS handshakes fail is in the log once a minute', () => {
  const log = captureLog();
  const failed = createHandshakeLog({ log, nowMs: () => 0 });
  const reason = 'tlsv1 alert unknown ca';
  failed({ reason, sourceIp: '192.0.2.1' });
  failed({ reason, sourceIp: '192.0.2.1' });
  const refused = { kind: 'transport-refused', reason };
  expect(log.lines).toEqual([
    {
      level: 'warn',
      message: 'TLS handshake failed',
      fields: { username: '', sourceIp: '192.0.2.1', refused },
    },
  ]);
});
