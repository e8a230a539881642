import { beforeEach, describe, expect, test } from 'vitest';
import { readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import { refuse } from '../../shared/model/failure.ts';
import type { Reply } from '../../shared/model/http.ts';
import type { TableName } from '../../shared/model/tables.ts';
import type { Store } from '../../shared/ports/table.ts';
import {
  bodyOf,
  certificateRequest,
  createInstance,
  DEVICE_ID,
  openDistributor,
  signCertificateBody,
  type TestDistributor,
} from '../support/certificate.ts';
import { interceptStore } from '../support/intercepted-store.ts';

let distributor: TestDistributor;

beforeEach(async () => {
  distributor = await openDistributor();
});

const codeOf = (reply: Reply) => bodyOf(reply)['code'];
const issueCount = async () => (await readIssues(DEVICE_ID, distributor.parts.store)).count;

describe('a request that failed for no reason of its own', () => {
  const askOnce = () => distributor.askSigned({ deviceId: DEVICE_ID, random: 'once' });

  test('is good again as it is once the source of identities gives in', async () => {
    const own = createOwnIdentities(distributor.parts);
    let isThrottled = true;
    const identities: typeof own = {
      ...own,
      register: (wanted) =>
        isThrottled
          ? Promise.resolve(refuse({ kind: 'identity-source-throttled', attempts: 5 }))
          : own.register(wanted),
    };
    const handler = createInstance(distributor.parts, { identities });
    const request = certificateRequest(
      signCertificateBody({ deviceId: DEVICE_ID, random: 'once' }, distributor.productSecret),
    );
    expect(codeOf(await handler(request))).toBe(500);
    isThrottled = false;
    expect(codeOf(await handler(request))).toBeUndefined();
    expect(codeOf(await handler(request))).toBe(7001);
  });

  test.each(['devices', 'device_table', 'certificate_issues'] as const)(
    'is good again as it is after a fault of the store in %s',
    async (table) => {
      const { parts, productSecret } = distributor;
      const handler = createInstance({ ...parts, store: failWrites(parts.store, table) });
      const body = signCertificateBody({ deviceId: DEVICE_ID, random: 'once' }, productSecret);
      expect(codeOf(await handler(certificateRequest(body)))).toBe(500);
      expect(codeOf(await askOnce())).toBeUndefined();
      expect(await issueCount()).toBe(1);
      expect(codeOf(await askOnce())).toBe(7001);
    },
  );
});

function failWrites(store: Store, table: TableName): Store {
  return interceptStore(store, (step) => {
    if (step.table === table && step.verb !== 'read') throw new Error('the store is gone');
  });
}

describe('a source of identities that refuses', () => {
  test('is no fault of the device, and leaves its row as it was', async () => {
    const own = createOwnIdentities(distributor.parts);
    const identities = {
      ...own,
      register: async () => refuse({ kind: 'identity-source-throttled', attempts: 5 }),
    };
    distributor = await openDistributor({ answer: 'wrapped' }, { identities });
    const reply = await distributor.askSigned({ deviceId: DEVICE_ID });
    expect(reply.body).toBe('{"success":false,"code":500,"message":"server error"}');
    expect(reply.outcome).toBe('identity-source-throttled');
    const row = await distributor.parts.store.table('device_table').read({ partition: DEVICE_ID });
    expect(row?.value).toMatchObject({ deviceSecret: null, activateTime: null });
    expect(await issueCount()).toBe(0);
  });
});
