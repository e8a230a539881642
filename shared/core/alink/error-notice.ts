import type { DownlinkMessage } from '../../ports/downlink.ts';

/** Why a device that asked for notices is about to lose its connection (protocol.md 3.13, 4.13). */
export const NOTICES = {
  kicked: { code: 427, message: 'device connect in elsewhere' },
  deleted: { code: 521, message: 'device deleted' },
  disabled: { code: 522, message: 'device forbidden' },
} as const;

type Addressee = Pick<DownlinkMessage, 'productKey' | 'deviceName'>;

/** On `/ext/error/${pk}/${dn}`. It answers no request: the id is `0`. */
export function errorNotice(
  { productKey, deviceName }: Addressee,
  code: number,
  message: string,
): DownlinkMessage {
  return {
    productKey,
    deviceName,
    topic: `/ext/error/${productKey}/${deviceName}`,
    payload: Buffer.from(JSON.stringify({ id: '0', code, message })),
    qos: 0,
  };
}
