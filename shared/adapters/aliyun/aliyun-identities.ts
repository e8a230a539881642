import { type Failure, ok, type Result, refuse } from '../../model/failure.ts';
import type { DeviceIdentities, DeviceIdentity } from '../../ports/device-identities.ts';
import type { PopClient } from './pop-client.ts';
import type { Members } from './pop-outcome.ts';
import { textAt } from './reply-values.ts';

type Name = { productKey: string; deviceName: string };

/**
 * Identities of an account: RegisterDevice and QueryDeviceDetail (protocol.md 7.3). Also rejects for
 * a reply without a secret, as that of a product whose devices do not sign in with one.
 */
export function createAliyunIdentities(client: PopClient): DeviceIdentities {
  const ask = async (action: string, name: Name, nickname?: string) => {
    const reply = await client.call(action, {
      ProductKey: name.productKey,
      DeviceName: name.deviceName,
      ...(nickname !== undefined && { Nickname: nickname }),
    });
    return reply.ok ? ok(identityOf(action, name, reply.value)) : translate(reply.failure, name);
  };
  return {
    register: ({ nickname, ...name }) => ask('RegisterDevice', name, nickname),
    find: (name) => ask('QueryDeviceDetail', name),
  };
}

/** The codes that say the same as a refusal of Mooring's own (protocol.md 7.5). */
function translate(failure: Failure, { productKey, deviceName }: Name): Result<DeviceIdentity> {
  if (failure.kind !== 'identity-source-refused') return refuse(failure);
  switch (failure.code) {
    case 'iot.device.AlreadyExistedDeviceName':
      return refuse({ kind: 'device-exists', productKey, deviceName });
    case 'iot.device.NotExistedDevice':
      return refuse({ kind: 'unknown-device', productKey, deviceName });
    case 'iot.prod.NotExistedProduct':
      return refuse({ kind: 'unknown-product', productKey });
    case 'iot.device.InvalidFormattedDeviceName':
      return refuse({
        kind: 'invalid-parameter',
        parameter: 'DeviceName',
        reason: failure.message,
      });
    default:
      return refuse(failure);
  }
}

function identityOf(action: string, { productKey, deviceName }: Name, reply: Members) {
  const deviceSecret = textAt(reply, ['Data', 'DeviceSecret']);
  const iotId = textAt(reply, ['Data', 'IotId']);
  if (deviceSecret === '' || iotId === '') {
    const absent = iotId === '' ? 'IotId' : 'DeviceSecret';
    throw new TypeError(`the reply to ${action} of ${productKey}/${deviceName} has no ${absent}`);
  }
  return { productKey, deviceName, deviceSecret, iotId };
}
