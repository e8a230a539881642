// `npm run bench`: bundles the benches as functions are bundled, then runs them. Run through tsx, the
// same code is up to half slower: it keeps function names at run time.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
await build({
  absWorkingDir: root,
  entryPoints: [
    'bench/all.ts',
    'bench/amqp/receiver.ts',
    'bench/amqp/server.ts',
    'bench/forwarder/bare-receiver.ts',
    'bench/forwarder/mooring-forwarder.ts',
    'bench/forwarder/source-and-target.ts',
    'bench/http/echo-server.ts',
    'bench/http/mooring-server.ts',
    'bench/http/recorder.ts',
    'bench/mqtt/aedes-server.ts',
  ],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  outbase: 'bench',
  outdir: '.build/bench',
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
});
process.chdir(root);
await import('../.build/bench/all.mjs');
