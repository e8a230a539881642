import { openChildBus } from './child-bus.ts';

/** `consumer.ts <folder or URL> <consumer> [hang]`: prints the ids it is handed; with `hang` it never settles them. */
const [place = '', consumer = '', hang] = process.argv.slice(2);
const bus = openChildBus(place);

bus.consume(consumer, async (batch) => {
  for (const { messageId } of batch) process.stdout.write(`${messageId}\n`);
  if (hang !== undefined) await new Promise(() => undefined);
  return [];
});
