import { beforeEach, describe, expect, test } from 'vitest';
import { countIssue, readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { saveCertificate } from '../../shared/core/certificates/certificate-records.ts';
import { addRow } from '../support/certificate.ts';
import { NOW_MS, openTestApi, type TestApi } from '../support/openapi.ts';

const DEVICE_SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

let api: TestApi;
beforeEach(async () => {
  api = await openTestApi();
  const name = { productKey: 'a1abc', deviceName: 'lamp-1', iotId: 'iotId1' };
  const entry = { ...name, deviceSecret: DEVICE_SECRET, registerTimeMs: NOW_MS };
  await saveCertificate({ ...entry, deviceId: 'SN-1' }, api.registry);
});

const issues = () => readIssues('SN-1', api.registry.store);

describe('QueryCertificate', () => {
  test('tells what was issued to whom, and never the secret', async () => {
    const issue = { atMs: NOW_MS, sourceIp: '192.0.2.1', requestId: 'r1' };
    await countIssue(issue, { deviceId: 'SN-1', mostIssues: 5 }, api.registry.store);
    await api.call('RevokeCertificate', { DeviceId: 'SN-1' });
    const { body } = await api.call('QueryCertificate', { DeviceId: 'SN-1' });
    expect(body).toMatchObject({ Success: true });
    expect(body['Data']).toEqual({
      DeviceId: 'SN-1',
      ProductKey: 'a1abc',
      DeviceName: 'lamp-1',
      IotId: 'iotId1',
      RegisterTime: '2026-01-02T03:04:05.000Z',
      ActivateTime: '',
      IssueCount: 1,
      RevokedTime: '2026-01-02T03:04:05.000Z',
      Issues: {
        Issue: [{ Time: '2026-01-02T03:04:05.000Z', SourceIp: '192.0.2.1', RequestId: 'r1' }],
      },
    });
    expect(JSON.stringify(api.logged)).not.toContain(DEVICE_SECRET);
  });

  test('of a row without a certificate has empty texts', async () => {
    await addRow('SN-2', {}, api.registry);
    const { body } = await api.call('QueryCertificate', { DeviceId: 'SN-2' });
    expect(body['Data']).toMatchObject({ ProductKey: '', DeviceName: '', IssueCount: 0 });
  });
});

describe('a certificate', () => {
  test('is revoked, once, and restored', async () => {
    expect((await api.call('RevokeCertificate', { DeviceId: 'SN-1' })).body.Success).toBe(true);
    api.clock.nowMs += 1000;
    await api.call('RevokeCertificate', { DeviceId: 'SN-1' });
    expect(await issues()).toMatchObject({ revokedAtMs: NOW_MS });
    expect((await api.call('RestoreCertificate', { DeviceId: 'SN-1' })).body.Success).toBe(true);
    expect(await issues()).toMatchObject({ revokedAtMs: null });
  });

  test('is counted from zero again, and keeps its audit', async () => {
    const issue = { atMs: NOW_MS, sourceIp: '192.0.2.1', requestId: 'r1' };
    await countIssue(issue, { deviceId: 'SN-1', mostIssues: 5 }, api.registry.store);
    expect((await api.call('ResetCertificateIssues', { DeviceId: 'SN-1' })).body.Success).toBe(
      true,
    );
    expect(await issues()).toEqual({ issues: [issue], count: 0, revokedAtMs: null });
  });
});

describe('DeleteCertificate', () => {
  test('makes the deviceId unknown, also one that was revoked, and lets it begin anew', async () => {
    await countIssue(
      { atMs: NOW_MS, sourceIp: '192.0.2.1', requestId: 'r1' },
      { deviceId: 'SN-1', mostIssues: 5 },
      api.registry.store,
    );
    await api.call('RevokeCertificate', { DeviceId: 'SN-1' });
    expect((await api.call('DeleteCertificate', { DeviceId: 'SN-1' })).body.Success).toBe(true);
    const { body } = await api.call('QueryCertificate', { DeviceId: 'SN-1' });
    expect(body.Code).toBe('iot.device.NotExistedDevice');
    const again = { productKey: 'a1abc', deviceName: 'lamp-2', iotId: 'iotId2' };
    const entry = { ...again, deviceSecret: DEVICE_SECRET, registerTimeMs: NOW_MS };
    expect(await saveCertificate({ ...entry, deviceId: 'SN-1' }, api.registry)).toBe('saved');
    expect(await issues()).toEqual({ issues: [], count: 0, revokedAtMs: null });
  });
});

describe.each([
  'QueryCertificate',
  'RevokeCertificate',
  'RestoreCertificate',
  'ResetCertificateIssues',
  'DeleteCertificate',
])('%s', (action) => {
  test('refuses a deviceId that has no row, and leaves nothing behind', async () => {
    const { body } = await api.call(action, { DeviceId: 'SN-none' });
    expect(body).toMatchObject({ Success: false, Code: 'iot.device.NotExistedDevice' });
    const left = await api.registry.store
      .table('certificate_issues')
      .read({ partition: 'SN-none' });
    expect(left).toBeUndefined();
  });

  test('refuses what no deviceId is', async () => {
    expect((await api.call(action, { DeviceId: 'S N' })).body.Code).toBe(
      'iot.system.IllegalRequest',
    );
    expect((await api.call(action)).body.Code).toBe('MissingParameter');
  });
});
