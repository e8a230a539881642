import type { DownlinkMessage } from '../../../shared/ports/downlink.ts';
import type { ActionParts } from '../action.ts';

/**
 * Sends what a device finds out by itself if it is not there, or if there is no way to it: a fault is
 * logged and does not fail the call, which is done by then.
 */
export async function tellDevice(
  message: DownlinkMessage,
  { downlink, log }: Pick<ActionParts, 'downlink' | 'log'>,
): Promise<void> {
  try {
    await downlink.publish(message);
  } catch (error) {
    log.warn({ error, topic: message.topic }, 'the device was not told');
  }
}
