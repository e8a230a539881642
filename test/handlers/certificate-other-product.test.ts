import { expect, test } from 'vitest';
import { revokeCertificate } from '../../shared/core/certificates/certificate-issues.ts';
import {
  createCertificateProduct,
  DEVICE_ID,
  openDistributor,
  signCertificateBody,
} from '../support/certificate.ts';

test('who signs for one product learns nothing of a deviceId of another, not even that it is revoked', async () => {
  const { parts, ask } = await openDistributor();
  const other = await createCertificateProduct(parts);
  await revokeCertificate(DEVICE_ID, parts);
  const reply = await ask(
    signCertificateBody({ deviceId: DEVICE_ID, random: 'r' }, other.productSecret),
    { path: `/certificate/${other.productKey}` },
  );
  expect(reply.body).toBe('{"code":6600,"message":"certificate refused"}');
  expect(parts.log.lines.at(-1)?.fields['refused']).toMatchObject({ kind: 'unknown-certificate' });
});

test('a random that was refused with an unknown deviceId is good once that is known', async () => {
  const { parts, ask, productKey, productSecret } = await openDistributor();
  const request = signCertificateBody({ deviceId: 'SN-late', random: 'r' }, productSecret);
  const path = `/certificate/${productKey}`;
  expect((await ask(request, { path })).body).toContain('6600');
  const row = { registerTime: null, activateTime: null, deviceSecret: null, iotId: null };
  const names = { productKey, deviceName: 'SN-late' };
  await parts.store.table('device_table').insert({ partition: 'SN-late' }, { ...row, ...names });
  expect((await ask(request, { path })).body).toContain('"deviceName":"SN-late"');
});
