import { beforeEach, describe, expect, test } from 'vitest';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let ProductKey: string;

beforeEach(async () => {
  api = await openTestApi();
  ProductKey = await createdKey();
});

async function createdKey(): Promise<string> {
  const { body } = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  return String(body['ProductKey']);
}

/** The members of `Data`, after a call that has to succeed. */
async function dataOf(action: string, params: Params) {
  const { body } = await api.call(action, params);
  expect(body).toMatchObject({ Success: true });
  return Object(body['Data']);
}

function numbered(name: string, values: readonly string[]): Params {
  return Object.fromEntries(values.map((value, at) => [`${name}.${at + 1}`, value]));
}

const namesTo = (count: number) => Array.from({ length: count }, (_, at) => `dev_${at}`);

async function checkedId(names: readonly string[]): Promise<number> {
  const params = { ProductKey, ...numbered('DeviceName', names) };
  return (await dataOf('BatchCheckDeviceNames', params)).ApplyId;
}

describe('BatchCheckDeviceNames', () => {
  test('gives an id of at most 15 digits to names that are good', async () => {
    const params = { ProductKey, 'DeviceName.1': 'dev_1', 'DeviceName.2': 'dev_2' };
    const data = await dataOf('BatchCheckDeviceNames', params);
    expect(data).toEqual({
      ApplyId: expect.any(Number),
      InvalidDeviceNameList: { InvalidDeviceName: [] },
      InvalidDeviceNicknameList: { InvalidDeviceNickname: [] },
    });
    expect(String(data.ApplyId)).toMatch(/^\d{1,15}$/);
    const status = await dataOf('QueryBatchRegisterDeviceStatus', {
      ProductKey,
      ApplyId: data.ApplyId,
    });
    expect(status).toEqual({
      InvalidList: { Name: [] },
      Status: 'CHECK_SUCCESS',
      ValidList: { Name: ['dev_1', 'dev_2'] },
    });
  });

  test('names what is malformed, repeated or taken, and what is so nicknamed', async () => {
    await api.call('RegisterDevice', { ProductKey, DeviceName: 'taken' });
    const data = await dataOf('BatchCheckDeviceNames', {
      ProductKey,
      'DeviceNameList.1.DeviceName': 'no',
      'DeviceNameList.2.DeviceName': 'taken',
      'DeviceNameList.3.DeviceName': 'dev_1',
      'DeviceNameList.3.DeviceNickname': 'abc',
      'DeviceNameList.4.DeviceName': 'dev_2',
      'DeviceNameList.5.DeviceName': 'dev_2',
      'DeviceNameList.6.DeviceName': 'dev_3',
      'DeviceNameList.6.DeviceNickname': '客厅',
    });
    expect(data).toMatchObject({
      InvalidDeviceNameList: { InvalidDeviceName: ['no', 'taken', 'dev_2'] },
      InvalidDeviceNicknameList: { InvalidDeviceNickname: ['abc'] },
    });
    const status = { ProductKey, ApplyId: data.ApplyId };
    expect(await dataOf('QueryBatchRegisterDeviceStatus', status)).toEqual({
      InvalidList: { Name: ['no', 'taken', 'dev_2', 'dev_1'] },
      Status: 'CHECK_FAILED',
      ValidList: { Name: ['dev_3'] },
    });
    const refused = await api.call('BatchRegisterDeviceWithApplyId', status);
    expect(refused.body.Code).toBe('iot.device.IncorrentDeviceApplyInfo');
  });

  test('takes the list with nicknames where both are sent', async () => {
    const params = { ProductKey, 'DeviceName.1': 'plain', 'devicenamelist.1.devicename': 'named' };
    const { ApplyId } = await dataOf('BatchCheckDeviceNames', params);
    const status = await dataOf('QueryBatchRegisterDeviceStatus', { ProductKey, ApplyId });
    expect(status.ValidList).toEqual({ Name: ['named'] });
  });

  test('takes 1000 names with nicknames', async () => {
    const items = namesTo(1000).flatMap((name, at) => [
      [`DeviceNameList.${at + 1}.DeviceName`, name],
      [`DeviceNameList.${at + 1}.DeviceNickname`, `Lamp number ${at}`],
    ]);
    const params = { ProductKey, ...Object.fromEntries(items) };
    const { ApplyId } = await dataOf('BatchCheckDeviceNames', params);
    await dataOf('BatchRegisterDeviceWithApplyId', { ProductKey, ApplyId });
    const detail = { ProductKey, DeviceName: 'dev_999' };
    expect(await dataOf('QueryDeviceDetail', detail)).toMatchObject({
      Nickname: 'Lamp number 999',
    });
  });

  test.each<{ sent: Params; code: string; text: string }>([
    { sent: {}, code: 'iot.device.NoneDeviceNameElement', text: 'DeviceName.N' },
    {
      sent: { 'DeviceName.1': 'dev_1', 'DeviceName.3': 'dev_3' },
      code: 'iot.device.NullDeviceName',
      text: 'DeviceName.2',
    },
    {
      sent: { 'DeviceName.1': 'dev_1', 'DeviceName.2': '' },
      code: 'iot.device.NullDeviceName',
      text: 'DeviceName.2',
    },
    {
      sent: { 'DeviceName.01': 'dev_1' },
      code: 'iot.device.NullDeviceName',
      text: 'DeviceName.1',
    },
    {
      sent: { 'DeviceNameList.1.DeviceNickname': 'Lamp' },
      code: 'iot.device.NullDeviceName',
      text: 'DeviceNameList.1.DeviceName',
    },
    {
      sent: numbered('DeviceName', namesTo(1001)),
      code: 'iot.device.DeviceCountExceeded',
      text: 'at most 1000',
    },
    {
      sent: { ProductKey: '', 'DeviceName.1': 'dev_1' },
      code: 'iot.prod.NullProductKey',
      text: 'ProductKey',
    },
    {
      sent: { ProductKey: 'a1Unknown00', 'DeviceName.1': 'dev_1' },
      code: 'iot.prod.NotExistedProduct',
      text: 'a1Unknown00',
    },
  ])('refuses a call: $code, $text', async ({ sent, code, text }) => {
    const { body } = await api.call('BatchCheckDeviceNames', { ProductKey, ...sent });
    expect(body.Code).toBe(code);
    expect(body['ErrorMessage']).toContain(text);
  });
});

describe('BatchRegisterDeviceWithApplyId', () => {
  test('registers the names that were checked; again it answers the same', async () => {
    const ApplyId = await checkedId(['dev_1', 'dev_2']);
    for (let call = 1; call <= 2; call += 1) {
      const data = await dataOf('BatchRegisterDeviceWithApplyId', { ProductKey, ApplyId });
      expect(data).toEqual({ ApplyId });
      expect(await dataOf('QueryBatchRegisterDeviceStatus', { ProductKey, ApplyId })).toEqual({
        InvalidList: { Name: [] },
        Status: 'CREATE_SUCCESS',
        ValidList: { Name: ['dev_1', 'dev_2'] },
      });
    }
    expect(await dataOf('QueryProduct', { ProductKey })).toMatchObject({ DeviceCount: 2 });
  });

  test('registers once where two calls come at once', async () => {
    const params = { ProductKey, ApplyId: await checkedId(namesTo(150)) };
    const calls = [1, 2].map(() => dataOf('BatchRegisterDeviceWithApplyId', params));
    expect(await Promise.all(calls)).toEqual([
      { ApplyId: params.ApplyId },
      { ApplyId: params.ApplyId },
    ]);
    expect(await dataOf('QueryProduct', { ProductKey })).toMatchObject({ DeviceCount: 150 });
  });

  test('says so where a name was taken since the check', async () => {
    const ApplyId = await checkedId(['dev_1', 'dev_2']);
    await api.call('RegisterDevice', { ProductKey, DeviceName: 'dev_1' });
    await dataOf('BatchRegisterDeviceWithApplyId', { ProductKey, ApplyId });
    expect(await dataOf('QueryBatchRegisterDeviceStatus', { ProductKey, ApplyId })).toEqual({
      InvalidList: { Name: ['dev_1'] },
      Status: 'CREATE_FAILED',
      ValidList: { Name: ['dev_2'] },
    });
  });
});

describe('BatchRegisterDevice', () => {
  test.each([1, 250])('registers %i devices under random names', async (Count) => {
    const { ApplyId } = await dataOf('BatchRegisterDevice', { ProductKey, Count });
    const status = await dataOf('QueryBatchRegisterDeviceStatus', { ProductKey, ApplyId });
    expect(status).toMatchObject({ Status: 'CREATE_SUCCESS', InvalidList: { Name: [] } });
    expect(new Set(status.ValidList.Name).size).toBe(Count);
    const detail = { ProductKey, DeviceName: status.ValidList.Name[Count - 1] };
    expect(await dataOf('QueryDeviceDetail', detail)).toMatchObject({ Status: 'UNACTIVE' });
    expect(await dataOf('QueryProduct', { ProductKey })).toMatchObject({ DeviceCount: Count });
  });

  test.each([
    { sent: { Count: 0 }, code: 'iot.device.ApplyManyDevicesFailed' },
    { sent: { Count: 1001 }, code: 'iot.device.ApplyManyDevicesFailed' },
    { sent: { Count: '' }, code: 'MissingParameter' },
    { sent: { ProductKey: '' }, code: 'iot.prod.NullProductKey' },
    { sent: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
  ])('refuses $sent: $code', async ({ sent, code }) => {
    const { body } = await api.call('BatchRegisterDevice', { ProductKey, Count: 1, ...sent });
    expect(body.Code).toBe(code);
  });
});

describe('an ApplyId', () => {
  const actions = [
    'BatchRegisterDeviceWithApplyId',
    'QueryBatchRegisterDeviceStatus',
    'QueryPageByApplyId',
  ];

  test.each(
    actions.flatMap((action) => [
      { action, ApplyId: '', code: 'iot.device.NullApplyId' },
      { action, ApplyId: 'x', code: 'iot.device.InvalidFormattedApplyId' },
      { action, ApplyId: '0', code: 'iot.device.InvalidFormattedApplyId' },
      { action, ApplyId: '1', code: 'iot.device.DeviceApplyIsNotFound' },
    ]),
  )('is refused by $action as "$ApplyId": $code', async ({ action, ApplyId, code }) => {
    const { body } = await api.call(action, { ProductKey, ApplyId });
    expect(body.Code).toBe(code);
  });

  test.each(actions.slice(0, 2))('of another product is refused by %s', async (action) => {
    const ApplyId = await checkedId(['dev_1']);
    const { body } = await api.call(action, { ProductKey: await createdKey(), ApplyId });
    expect(body.Code).toBe('iot.device.DeviceApplyIsNotFound');
  });

  test.each(actions.slice(0, 2))('needs its product at %s', async (action) => {
    const { body } = await api.call(action, { ApplyId: await checkedId(['dev_1']) });
    expect(body.Code).toBe('iot.prod.NullProductKey');
  });
});

describe('QueryPageByApplyId', () => {
  test('pages through the devices with their secrets', async () => {
    const ApplyId = await checkedId(namesTo(25));
    await dataOf('BatchRegisterDeviceWithApplyId', { ProductKey, ApplyId });
    const { body } = await api.call('QueryPageByApplyId', { ApplyId, CurrentPage: 3 });
    expect(body).toMatchObject({ Page: 3, PageCount: 3, PageSize: 10, Total: 25 });
    const { ApplyDeviceInfo: shown } = Object(body['ApplyDeviceList']);
    expect(shown.map((device: Params) => device['DeviceName'])).toEqual(namesTo(25).slice(20));
    const params = { ProductKey, DeviceName: 'dev_20' };
    const { DeviceName, DeviceSecret, IotId } = await dataOf('QueryDeviceDetail', params);
    expect(shown[0]).toEqual({ DeviceId: IotId, DeviceName, DeviceSecret, IotId });
  });

  test('shows nothing of names that are only checked', async () => {
    const { body } = await api.call('QueryPageByApplyId', { ApplyId: await checkedId(['dev_1']) });
    expect(body).toMatchObject({ ApplyDeviceList: { ApplyDeviceInfo: [] }, Total: 0 });
  });

  test('leaves out a device that was deleted, also when its name is taken again', async () => {
    const ApplyId = await checkedId(['dev_1', 'dev_2']);
    await dataOf('BatchRegisterDeviceWithApplyId', { ProductKey, ApplyId });
    await api.call('DeleteDevice', { ProductKey, DeviceName: 'dev_1' });
    await api.call('RegisterDevice', { ProductKey, DeviceName: 'dev_1' });
    const { body } = await api.call('QueryPageByApplyId', { ApplyId });
    expect(body['ApplyDeviceList']).toMatchObject({ ApplyDeviceInfo: [{ DeviceName: 'dev_2' }] });
  });

  test.each([{ PageSize: 51 }, { PageSize: 0 }, { CurrentPage: 0 }])('refuses %o', async (sent) => {
    const params = { ApplyId: await checkedId(['dev_1']), ...sent };
    const { body } = await api.call('QueryPageByApplyId', params);
    expect(body.Code).toBe('iot.common.InvalidPageParams');
  });
});

describe('BatchQueryDeviceDetail', () => {
  test('shows the devices that there are, each once, as QueryDeviceDetail does', async () => {
    await api.call('RegisterDevice', { ProductKey, DeviceName: 'dev_1', Nickname: 'Lamp' });
    await api.call('RegisterDevice', { ProductKey, DeviceName: 'dev_2' });
    const names = ['dev_2', 'absent', 'no name at all', 'dev_1', 'dev_2'];
    const params = { ProductKey, ...numbered('DeviceName', names) };
    const { Data: shown } = await dataOf('BatchQueryDeviceDetail', params);
    const alone = await Promise.all(
      ['dev_2', 'dev_1'].map((DeviceName) =>
        dataOf('QueryDeviceDetail', { ProductKey, DeviceName }),
      ),
    );
    expect(shown).toEqual(
      alone.map(({ GmtOnline, UtcOnline, IpAddress, Owner, ...shared }) => shared),
    );
  });

  test('takes 100 names', async () => {
    const params = { ProductKey, ...numbered('DeviceName', namesTo(100)) };
    expect(await dataOf('BatchQueryDeviceDetail', params)).toEqual({ Data: [] });
  });

  test.each<{ sent: Params; code: string }>([
    { sent: {}, code: 'iot.device.NoneDeviceNameElement' },
    { sent: numbered('DeviceName', namesTo(101)), code: 'iot.device.DeviceCountExceeded' },
    { sent: { ProductKey: '', 'DeviceName.1': 'dev_1' }, code: 'iot.prod.NullProductKey' },
    {
      sent: { ProductKey: 'a1Unknown00', 'DeviceName.1': 'dev_1' },
      code: 'iot.prod.NotExistedProduct',
    },
  ])('refuses a call: $code', async ({ sent, code }) => {
    const { body } = await api.call('BatchQueryDeviceDetail', { ProductKey, ...sent });
    expect(body.Code).toBe(code);
  });
});
