import type { LifecycleBody, Message } from '../../model/message.ts';
import { openDeviceSecret } from '../devices/device-secret.ts';
import { isSealed, SealError, type Sealing } from '../sealing/sealing.ts';

/**
 * A message as a server gets it: with the secret of a device that was made in the clear, as the platform
 * sends it (protocol.md 8.3). Every other message comes back as it is. Call it where the message leaves
 * Mooring and nowhere before; what it gives is not for a log, a disk or another bus. A secret that is in the
 * clear already stays so, and one whose key has been dropped meanwhile is empty.
 */
export function withOpenSecret(message: Message, sealing: Sealing): Message {
  if (message.kind !== 'lifecycle') return message;
  const { productKey, deviceName } = message;
  const { buffer, byteOffset, byteLength } = message.body;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  // Mooring wrote this JSON itself: its shape is fixed by the kind.
  const body = JSON.parse(text) as LifecycleBody;
  if (body.deviceSecret === undefined || !isSealed(body.deviceSecret)) return message;
  const sealed = { productKey, deviceName, sealedSecret: body.deviceSecret };
  const opened = { ...body, deviceSecret: open(sealed, sealing) };
  return { ...message, body: Buffer.from(JSON.stringify(opened)) };
}

function open(sealed: Parameters<typeof openDeviceSecret>[0], sealing: Sealing): string {
  try {
    return openDeviceSecret(sealed, sealing);
  } catch (error) {
    if (error instanceof SealError) return '';
    throw error;
  }
}
