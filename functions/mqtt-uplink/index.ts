import { randomInt } from 'node:crypto';
import { openFunctionBus } from '#bus';
import { openFunctionStore } from '#store';
import { createStoredAnswers } from '../../shared/core/answers/stored-answers.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import { type CloudHandler, httpFunction } from '../../shared/runtime/http-function.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { once } from '../../shared/runtime/once.ts';
import { openBus } from '../../shared/runtime/open-bus.ts';
import { openDownlink } from '../../shared/runtime/open-downlink.ts';
import { openParts } from '../../shared/runtime/open-parts.ts';
import { decodeRmqEvent } from '../../shared/runtime/rmq-event.ts';
import { waitMs } from '../../shared/runtime/wait.ts';
import { createHandler, type MqttUplinkParts } from './handler.ts';
import { takeMessage } from './take-message.ts';

const parts = once((): MqttUplinkParts => {
  const opened = openParts(openFunctionStore);
  const { store, sealing, nowMs, log, config } = opened;
  return {
    store,
    sealing,
    answers: createStoredAnswers({ answers: store.table('answers'), nowMs, waitMs }),
    directory: createDeviceDirectory(opened),
    products: createProductDirectory({ store, nowMs }),
    bus: openBus(openFunctionBus, opened),
    newMessageId: createMessageIdSource({
      seen: store.table('seen'),
      nowMs,
      randomInteger: (below) => randomInt(below),
    }),
    downlink: openDownlink({ config, log, nowMs }),
    hookToken: config.brokers.hookToken,
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
    nowMs,
    log,
  };
});

const http = httpFunction(async () => createHandler(await parts()), createLog({ level: 'error' }));

/**
 * `POST /mqtt/uplink`, and queues of a RabbitMQ at Amazon MQ: a fault of one message has the whole
 * batch come again. Opens nothing before the first call.
 */
export const handler: CloudHandler = async (...input) => {
  const messages = decodeRmqEvent(input[0]);
  if (messages === undefined) return http(...input);
  const opened = await parts();
  for (const message of messages) await takeMessage(message, opened);
  return undefined;
};
