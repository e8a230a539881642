import { execFileSync } from 'node:child_process';
import { openSessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';

/** Begins on a full disk, and says at which places messages lie once there is room. */
const sessions = await openSessions({
  path: process.argv[2] ?? '',
  sync: 'commit',
  onFault: (error) => {
    throw error;
  },
});
const message = { topic: 't', payload: new Uint8Array(), expiresAtMs: Number.MAX_SAFE_INTEGER };
const refused = await sessions.enqueue('pk/dn', message).then(
  () => false,
  () => true,
);
execFileSync('bash', ['-c', `prlimit --pid ${process.pid} --fsize=unlimited`]);
const places = [await sessions.enqueue('pk/dn', message), await sessions.enqueue('pk/dn', message)];
process.stdout.write(`${JSON.stringify({ refused, places })}\n`);
process.exit(0);
