// `npm run forwarder`: builds, then runs the forwarder in this very process, so that a signal to it ends it.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../build/build.mjs', import.meta.url));
execFileSync(process.execPath, [build], { stdio: ['ignore', 'ignore', 'inherit'] });
await import('../../dist/forwarder/main.js');
