import { tailLmdbLog } from '../../../shared/adapters/lmdb/lmdb-tail.ts';
import { tailRabbitmqBus } from '../../../shared/adapters/rabbitmq/rabbitmq-tail.ts';
import type { Message } from '../../../shared/model/message.ts';
import type { CliConfig } from '../../../shared/runtime/cli-config.ts';
import { createLog } from '../../../shared/runtime/log.ts';
import { THING_RECORDER } from '../../local/consumers.ts';
import type { Command, Terminal } from '../command.ts';
import {
  DATA_DIR_OPTION,
  DATA_DIR_USAGE,
  explainRabbitmq,
  folderConfig,
  requireMessages,
} from '../folder.ts';
import { messageLine } from '../message-line.ts';
import { parseOptions, refusePositionals } from '../options.ts';

/** `mooring tail`: runs until it is interrupted; main.ts ends it then. */
export const tail: Command = {
  summary: 'watch messages live, as devices publish them',
  usage: `Usage: mooring tail [--product KEY] [--device NAME] [--raw] [--data-dir DIR]

Prints one line for every message from now on: time, kind, topic, messageId and body (JSON as it
stands, bytes that are no text in hex). It consumes nothing and needs no access key. Ends with
Ctrl-C. With MOORING_BUS set it watches that RabbitMQ.

  --product KEY        only devices of this product
  --device NAME        only this device
  --raw                the bodies alone, byte by byte, for another program: mooring tail --raw | jq .items
${DATA_DIR_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    refusePositionals(positionals);
    const config = folderConfig(readConfig(), values['data-dir']);
    const isWanted = matcher(values.product, values.device);
    const print = async () => {
      for await (const message of messagesOf(config, terminal)) {
        if (!isWanted(message)) continue;
        terminal.out(values.raw ? message.body : messageLine(message, terminal.hasColor));
        terminal.out('\n');
      }
      return 0;
    };
    return explainRabbitmq(print());
  },
};

const OPTIONS = {
  ...DATA_DIR_OPTION,
  product: { type: 'string' },
  device: { type: 'string' },
  raw: { type: 'boolean', default: false },
} as const;

function messagesOf(config: CliConfig, terminal: Terminal): AsyncIterable<Message> {
  const { busUrl, sync } = config;
  if (busUrl !== undefined) {
    terminal.err('watching the RabbitMQ of MOORING_BUS; Ctrl-C ends it\n');
    return tailRabbitmqBus({
      url: busUrl,
      log: createLog({ level: 'warn', destination: { write: terminal.err } }),
      besides: THING_RECORDER,
    });
  }
  const path = requireMessages(config);
  terminal.err(`watching ${path}; Ctrl-C ends it\n`);
  return tailLmdbLog({ path, fromNow: true, sync });
}

function matcher(
  productKey: string | undefined,
  deviceName: string | undefined,
): (message: Message) => boolean {
  return (message) =>
    (productKey === undefined || message.productKey === productKey) &&
    (deviceName === undefined || message.deviceName === deviceName);
}
