import { createHandler } from '../../functions/certificate-distributor/handler.ts';
import { openAliyunIdentities } from '../../shared/adapters/aliyun/function-identities.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import { createAddressRate } from '../../shared/core/rate/address-rate.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { DeviceIdentities } from '../../shared/ports/device-identities.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import type { Shared } from './shared-parts.ts';

/** As functions/certificate-distributor/index.ts wires it, on the parts of the local stack. */
export function createCertificateDistributor(shared: Shared, config: Config): Handler {
  const { base } = shared;
  const rate = createAddressRate({
    seen: base.store.table('seen'),
    nowMs: base.nowMs,
    limitPerMinute: config.certificatesPerMinute,
    randomInteger: base.randomInteger,
  });
  return createHandler({ ...base, identities: openIdentities(shared, config), rate });
}

function openIdentities(
  { base, uplink: { newMessageId } }: Shared,
  { identities, aliyun }: Config,
): DeviceIdentities {
  return identities === 'aliyun'
    ? openAliyunIdentities({ ...base, aliyun, credentials: aliyunCredentials(aliyun) })
    : createOwnIdentities({ ...base, newMessageId });
}
