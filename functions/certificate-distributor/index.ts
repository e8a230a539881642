import { randomInt } from 'node:crypto';
import { openFunctionBus } from '#bus';
import { openFunctionStore } from '#store';
import { openAliyunIdentities } from '../../shared/adapters/aliyun/function-identities.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createAddressRate } from '../../shared/core/rate/address-rate.ts';
import type { DeviceIdentities } from '../../shared/ports/device-identities.ts';
import { httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { openBus } from '../../shared/runtime/open-bus.ts';
import { openParts, type Parts } from '../../shared/runtime/open-parts.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import { createHandler } from './handler.ts';

/** `POST /certificate`. Opens nothing before the first call. */
export const handler = httpFunction(
  () => {
    const parts = openParts(openFunctionStore);
    const rate = createAddressRate({
      seen: parts.store.table('seen'),
      nowMs: parts.nowMs,
      limitPerMinute: parts.config.certificatesPerMinute,
      randomInteger: (below) => randomInt(below),
    });
    return createHandler({ ...parts, identities: openIdentities(parts), rate });
  },
  createLog({ level: 'error' }),
);

function openIdentities(parts: Parts): DeviceIdentities {
  const { store, nowMs, config } = parts;
  const { identities, aliyun } = config;
  if (identities === 'aliyun') {
    return openAliyunIdentities({ ...parts, aliyun, credentials: aliyunCredentials(aliyun) });
  }
  const randomInteger = (below: number) => randomInt(below);
  return createOwnIdentities({
    ...parts,
    bus: openBus(openFunctionBus, parts),
    newMessageId: createMessageIdSource({ seen: store.table('seen'), nowMs, randomInteger }),
  });
}
