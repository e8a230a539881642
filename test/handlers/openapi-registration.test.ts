import { beforeEach, describe, expect, test } from 'vitest';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';
import { accepted } from '../support/test-device.ts';

let api: TestApi;
let ProductKey: string;

beforeEach(async () => {
  api = await openTestApi();
  const { body } = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  ProductKey = String(body['ProductKey']);
});

const DeviceName = 'dev_001';
const DONE = { RequestId: expect.any(String), Success: true };

describe('ResetThing', () => {
  let iotId: string;

  beforeEach(async () => {
    const { body } = await api.call('RegisterDevice', { ProductKey, DeviceName });
    iotId = String(Object(body['Data']).IotId);
    accepted(await activateDevice({ iotId }, api.registry));
  });

  const detail = async () => {
    const { body } = await api.call('QueryDeviceDetail', { ProductKey, DeviceName });
    return Object(body['Data']);
  };

  test.each([
    ['ProductKey and DeviceName', () => ({ ProductKey, DeviceName })],
    ['IotId', () => ({ IotId: iotId })],
  ])('by %s makes a device unactive, and has nothing else to say', async (_, reference) => {
    const before = await detail();
    expect(before).toMatchObject({ Status: 'OFFLINE' });
    expect((await api.call('ResetThing', reference())).body).toEqual(DONE);
    const after = await detail();
    expect(after).toEqual({ ...before, Status: 'UNACTIVE', GmtActive: '', UtcActive: '' });
  });

  test('voids the tokens that the device holds', async () => {
    const before = accepted(await findDevice({ iotId }, api.registry.store));
    await api.call('ResetThing', { IotId: iotId });
    const after = accepted(await findDevice({ iotId }, api.registry.store));
    expect(after.generation).not.toBe(before.generation);
    expect(after.sealedSecret).toBe(before.sealedSecret);
  });

  test.each([
    { sent: {}, code: 'iot.prod.NullProductKey' },
    { sent: { ProductKey: 'a1' }, code: 'iot.device.NullDeviceName' },
    { sent: { ProductKey: 'a1', DeviceName: 'absent' }, code: 'iot.device.NotExistedDevice' },
    { sent: { IotId: 'absent' }, code: 'iot.device.NotExistedDevice' },
  ])('refuses $sent: $code', async ({ sent, code }) => {
    const { body } = await api.call('ResetThing', sent);
    expect(body).toMatchObject({ Success: false, Code: code });
  });
});

describe('SetProductRegistration and QueryProductRegistration', () => {
  const set = async (params: Params) => {
    const { body } = await api.call('SetProductRegistration', { ProductKey, ...params });
    return body;
  };
  const query = async () => {
    const { body } = await api.call('QueryProductRegistration', { ProductKey });
    return body['Data'];
  };

  const DEFAULTS = {
    DynamicRegistration: false,
    AutoRegistration: false,
    CertificatePolicy: 'signed',
    CertificateAnswer: 'flat',
    CertificateIssues: 5,
    CertificateUnknownIds: 'refuse',
  };

  test('begin with everything as on the platform', async () => {
    expect(await query()).toEqual(DEFAULTS);
  });

  test('set and show every setting', async () => {
    const all = {
      DynamicRegistration: true,
      AutoRegistration: true,
      CertificatePolicy: 'open',
      CertificateAnswer: 'wrapped',
      CertificateIssues: 1000,
      CertificateUnknownIds: 'register',
    };
    expect(await set(all)).toEqual(DONE);
    expect(await query()).toEqual(all);
  });

  test('leave alone what is not sent', async () => {
    await set({ DynamicRegistration: true });
    await set({ AutoRegistration: true });
    await set({ CertificateIssues: 1 });
    expect(await query()).toEqual({
      ...DEFAULTS,
      DynamicRegistration: true,
      AutoRegistration: true,
      CertificateIssues: 1,
    });
  });

  test.each([{}, { DynamicRegistation: 'true' }])(
    'refuse %o, which sets nothing',
    async (params) => {
      expect(await set(params)).toMatchObject({
        Code: 'MissingParameter',
        Message:
          'The parameter DynamicRegistration, AutoRegistration or Certificate… is mandatory for this action.',
      });
    },
  );

  test.each([
    { changed: { CertificatePolicy: 'closed' }, text: 'signed, open' },
    { changed: { CertificateAnswer: 'xml' }, text: 'flat, wrapped' },
    { changed: { CertificateIssues: 0 }, text: 'from 1 to 1000' },
    { changed: { CertificateIssues: 1001 }, text: 'from 1 to 1000' },
    { changed: { CertificateUnknownIds: 'ask' }, text: 'refuse, register, adopt' },
    { changed: { CertificateUnknownIds: 'register' }, text: 'CertificatePolicy open' },
    { changed: { CertificateUnknownIds: 'adopt' }, text: 'CertificatePolicy open' },
  ])('refuse $changed and change nothing', async ({ changed, text }) => {
    const body = await set({ DynamicRegistration: true, ...changed });
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    expect(body['ErrorMessage']).toContain(text);
    expect(await query()).toEqual(DEFAULTS);
  });

  test.each(['DynamicRegistration', 'AutoRegistration'])(
    'refuse a %s that is no boolean',
    async (name) => {
      expect(await set({ [name]: 'on' })).toMatchObject({
        Code: 'InvalidParameter',
        Message: `The parameter ${name} is not valid: true or false.`,
      });
      expect(await query()).toEqual(DEFAULTS);
    },
  );

  test.each(['SetProductRegistration', 'QueryProductRegistration'])(
    '%s refuses no product and an unknown one',
    async (action) => {
      const { body } = await api.call(action, {});
      expect(body.Code).toBe('iot.prod.NullProductKey');
      const unknown = await api.call(action, {
        ProductKey: 'a1Nowhere00',
        DynamicRegistration: 'true',
      });
      expect(unknown.body.Code).toBe('iot.prod.NotExistedProduct');
    },
  );
});
