import type { DownlinkMessage } from '../../../shared/ports/downlink.ts';
import type { ActionParts } from '../action.ts';

/**
 * Sends a state that the device has to have, whatever else it gets this second. It finds it out by itself
 * if it is not there, or if there is no way to it: a fault is logged and does not fail the call, which is
 * done by then.
 */
export async function tellDevice(
  message: DownlinkMessage,
  { downlink, log }: Pick<ActionParts, 'downlink' | 'log'>,
): Promise<void> {
  try {
    await downlink.publish({ ...message, isOwed: true });
  } catch (error) {
    log.warn({ error, topic: message.topic }, 'the device was not told');
  }
}
