import { aMessage } from '../messages.ts';
import { openChildBus } from './child-bus.ts';

/** `publisher.ts <folder or URL> <name> <count>`: publishes in 16 lines, prints each id that was acknowledged. */
const [place = '', name = '', count = '0'] = process.argv.slice(2);
const bus = openChildBus(place);
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
