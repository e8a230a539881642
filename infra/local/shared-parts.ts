import { createLocalAnswers } from '../../shared/core/answers/local-answers.ts';
import {
  createDeviceDirectory,
  type DeviceDirectory,
} from '../../shared/core/devices/device-directory.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import {
  createMessageRate,
  MESSAGES_PER_SECOND,
  type MessageRate,
} from '../../shared/core/rate/message-rate.ts';
import type { UplinkParts } from '../../shared/core/uplink/uplink.ts';
import type { Answers } from '../../shared/ports/answers.ts';
import { later } from '../../shared/runtime/wait.ts';
import type { Base } from './base.ts';

/** What the functions and the broker of one process have in common: a device is one device to both. */
export type Shared = {
  base: Base;
  directory: DeviceDirectory;
  /** Of what a device sends, over HTTP and MQTT together. */
  rate: MessageRate;
  uplink: UplinkParts & { answers: Answers };
};

/** `publicUrl`: under which devices reach the HTTP functions. */
export function createShared(base: Base, publicUrl: string): Shared {
  const { store, sealing, bus, nowMs, randomInteger } = base;
  const seen = store.table('seen');
  return {
    base,
    directory: createDeviceDirectory({ store, nowMs }),
    rate: createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs }),
    uplink: {
      products: createProductDirectory({ store, nowMs }),
      store,
      sealing,
      bus,
      answers: createLocalAnswers(later),
      newMessageId: createMessageIdSource({ seen, nowMs, randomInteger }),
      nowMs,
      publicUrl,
    },
  };
}
