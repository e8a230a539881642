import { createHandler as createThingRecorder } from '../../functions/thing-recorder/handler.ts';
import { openBase } from '../../infra/local/base.ts';
import { startConsumers } from '../../infra/local/consumers.ts';
import { readConfig } from '../../shared/runtime/config.ts';

/** The recorder as a process of its own, on the data folder of the environment. */
const base = openBase(readConfig());
const consumers = startConsumers(base, createThingRecorder(base));
process.stdout.write('ready 0\n');
process.once('SIGTERM', () => {
  void consumers
    .stop()
    .then(() => base.bus.close())
    .finally(() => process.exit(0));
});
