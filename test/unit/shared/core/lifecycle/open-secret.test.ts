import { describe, expect, test } from 'vitest';
import { sealDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { withOpenSecret } from '../../../../../shared/core/lifecycle/open-secret.ts';
import { createSealing } from '../../../../../shared/core/sealing/sealing.ts';
import type { Message } from '../../../../../shared/model/message.ts';
import { jsonBodyOf } from '../../../../support/drain-bus.ts';
import { createSeededBytes, testKey } from '../../../../support/memory-parts.ts';

const sealing = createSealing(createKeyRing([testKey('one')]), createSeededBytes('open-secret'));
const other = createSealing(createKeyRing([testKey('other')]), createSeededBytes('other'));
const names = { productKey: 'a1TestProd01', deviceName: 'dev_001' };
const SECRET = '0123456789abcdef0123456789abcdef';
const sealed = sealDeviceSecret(SECRET, names, sealing);

const message = (body: unknown, kind: Message['kind'] = 'lifecycle'): Message => ({
  messageId: '1',
  kind,
  topic: '/a1TestProd01/dev_001/thing/lifecycle',
  ...names,
  iotId: 'iot1',
  generateTimeMs: 1,
  transport: 'api',
  body: Buffer.from(JSON.stringify(body)),
});
const created = (deviceSecret: string) =>
  message({ action: 'create', iotId: 'iot1', ...names, deviceSecret, messageCreateTime: 1 });

describe('a message that leaves', () => {
  test('of a device that was made has its secret in the clear, in its place', () => {
    const opened = withOpenSecret(created(sealed), sealing);
    expect(Buffer.from(opened.body).toString()).toBe(
      `{"action":"create","iotId":"iot1","productKey":"a1TestProd01","deviceName":"dev_001","deviceSecret":"${SECRET}","messageCreateTime":1}`,
    );
    expect(opened).toMatchObject({
      messageId: '1',
      topic: '/a1TestProd01/dev_001/thing/lifecycle',
    });
  });

  test('has an empty secret where the key is gone', () => {
    expect(jsonBodyOf(withOpenSecret(created(sealed), other))).toMatchObject({ deviceSecret: '' });
  });

  test('has an empty secret where it is that of another device', () => {
    const foreign = sealDeviceSecret(SECRET, { ...names, deviceName: 'dev_002' }, sealing);
    expect(jsonBodyOf(withOpenSecret(created(foreign), sealing))).toMatchObject({
      deviceSecret: '',
    });
  });

  test('keeps a secret that is in the clear already', () => {
    const clear = created(SECRET);
    expect(withOpenSecret(clear, sealing)).toBe(clear);
  });

  test.each([
    ['that has no secret', message({ action: 'delete', ...names })],
    ['of another kind', message({ deviceSecret: sealed }, 'tags')],
    ['of a device', { ...message(''), kind: 'uplink', body: Buffer.from([0xff]) } as const],
  ])('%s goes as it is', (_, one) => {
    expect(withOpenSecret(one, sealing)).toBe(one);
  });
});
