import { createLmdbBus } from '../../../shared/adapters/lmdb/lmdb-bus.ts';
import { aMessage } from '../messages.ts';

/** Publishes until the disk is full, and says how many were acknowledged and refused. */
const bus = createLmdbBus({ path: process.argv[2] ?? '', nowMs: () => Date.now() });
let acknowledged = 0;
let refused = 0;
for (let id = 1; id <= 150; id += 1) {
  const message = { ...aMessage(String(id)), body: new Uint8Array(50_000) };
  await bus.publish(message).then(
    () => {
      acknowledged += 1;
    },
    () => {
      refused += 1;
    },
  );
}
process.stdout.write(`${JSON.stringify({ acknowledged, refused })}\n`);
process.exit(0);
