// `npm start`: builds, then runs the local stack in this very process, so that a signal to it ends the stack.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../build/build.mjs', import.meta.url));
execFileSync(process.execPath, [build], { stdio: ['ignore', 'ignore', 'inherit'] });
await import('../../dist/local/main.js');
