import { createLmdbBus } from '../../../shared/adapters/lmdb/lmdb-bus.ts';
import { aMessage } from '../messages.ts';

/** `publisher.ts <folder> <name> <count>`: publishes in 16 lines, prints each id that was acknowledged. */
const [path = '', name = '', count = '0'] = process.argv.slice(2);
const bus = createLmdbBus({ path, nowMs: Date.now });
let published = 0;

async function line(): Promise<void> {
  while (published < Number(count)) {
    published += 1;
    const messageId = `${name}-${published}`;
    await bus.publish(aMessage(messageId));
    process.stdout.write(`${messageId}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, line));
await bus.close();
