import { expect, test } from 'vitest';
import { parseMqttUsername } from '../../../../../shared/core/signing/mqtt-username.ts';

const READ = [
  ['dev_001&a1TestProd01', 'dev_001', 'a1TestProd01'],
  ['a&b&a1TestProd01', 'a&b', 'a1TestProd01'],
] as const;

for (const [username, deviceName, productKey] of READ) {
  test(`${username} is split at the last &`, () => {
    expect(parseMqttUsername(username)).toEqual({ ok: true, value: { deviceName, productKey } });
  });
}

for (const username of ['', '&', 'dev_001', 'dev_001&', '&a1TestProd01']) {
  test(`${JSON.stringify(username)} is refused`, () => {
    expect(parseMqttUsername(username)).toEqual({
      ok: false,
      failure: { kind: 'malformed-request', reason: 'the username is not deviceName&productKey' },
    });
  });
}
