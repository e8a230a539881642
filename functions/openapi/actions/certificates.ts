import {
  readIssues,
  resetIssues,
  restoreCertificate,
  revokeCertificate,
} from '../../../shared/core/certificates/certificate-issues.ts';
import { isDeviceId } from '../../../shared/core/certificates/certificate-names.ts';
import { readRow } from '../../../shared/core/certificates/certificate-records.ts';
import { deleteCertificate } from '../../../shared/core/certificates/delete-certificate.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { utcTime } from '../../../shared/core/openapi/api-times.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { CertificateRecord } from '../../../shared/model/tables.ts';
import type { Action, Actions } from '../action.ts';
import { type Decode, type Parameters, required } from '../parameters.ts';

/*
 * Mooring's own actions, on what the certificate distributor keeps of a deviceId. The platform has
 * no distributor, and so none of them.
 */

const deviceIdText: Decode<string> = (text) =>
  isDeviceId(text) ? { value: text } : { reason: '1 to 64 visible ASCII characters' };

type KnownId = { deviceId: string; row: CertificateRecord };

/** Refuses `unknown-certificate` for a deviceId that has no row. */
async function readKnownId(parameters: Parameters, { store }: Registry): Promise<Result<KnownId>> {
  const read = required('DeviceId', deviceIdText)(parameters);
  if (!read.ok) return read;
  const deviceId = read.value;
  const found = await readRow(deviceId, store);
  if (found) return ok({ deviceId, row: found.value });
  return refuse({ kind: 'unknown-certificate', deviceId, reason: 'not in device_table' });
}

/** Never the secret: QueryDeviceDetail has it. */
const queryCertificate: Action = async (parameters, registry) => {
  const known = await readKnownId(parameters, registry);
  if (!known.ok) return known;
  const { deviceId, row } = known.value;
  const { issues, count, revokedAtMs } = await readIssues(deviceId, registry.store);
  const data = {
    DeviceId: deviceId,
    ProductKey: row.productKey ?? '',
    DeviceName: row.deviceName ?? '',
    IotId: row.iotId ?? '',
    RegisterTime: utcTime(row.registerTime),
    ActivateTime: utcTime(row.activateTime),
    IssueCount: count,
    RevokedTime: utcTime(revokedAtMs),
    Issues: {
      Issue: issues.map(({ atMs, sourceIp, requestId }) => ({
        Time: utcTime(atMs),
        SourceIp: sourceIp,
        RequestId: requestId,
      })),
    },
  };
  return ok({ Data: data });
};

/** An action that changes what is kept of a deviceId, and has nothing to say about it. */
function changing(change: (deviceId: string, registry: Registry) => Promise<void>): Action {
  return async (parameters, registry) => {
    const known = await readKnownId(parameters, registry);
    if (!known.ok) return known;
    await change(known.value.deviceId, registry);
    return ok({});
  };
}

export const certificateActions: Actions = {
  QueryCertificate: queryCertificate,
  RevokeCertificate: changing(revokeCertificate),
  DeleteCertificate: changing((deviceId, { store }) => deleteCertificate(deviceId, store)),
  RestoreCertificate: changing((deviceId, { store }) => restoreCertificate(deviceId, store)),
  ResetCertificateIssues: changing((deviceId, { store }) => resetIssues(deviceId, store)),
};
