// `npm run offline`: builds the functions for lmdb, then runs offline.ts in this very process, so
// that a signal to it ends the suite.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import 'tsx/esm';

// Where npm runs scripts, and where serverless looks for serverless.yml.
process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
if (!process.argv.includes('--help')) {
  const build = ['infra/build/build.mjs', '--store', 'lmdb'];
  execFileSync(process.execPath, build, { stdio: ['ignore', 'ignore', 'inherit'] });
}
await import('./offline.ts');
