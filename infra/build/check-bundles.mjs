// Loads every bundle in a fresh process with an empty environment, the way a cloud's cold start
// does, and checks that it reads no chunk by that, and what each file still takes from outside.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const loadTimeoutMs = 10_000;
const builtins = new Set(builtinModules);
const failures = [];

const loadScript = `
const { handler } = require(process.argv[1]);
if (typeof handler !== 'function') throw new Error('exports no function called handler');
const early = Object.keys(require.cache).filter((file) => file !== process.argv[1]);
if (early.length > 0) throw new Error('loads ' + early.join(', ') + ' before it is called');
`;

/** A chunk has to find everything in itself, once it is needed. */
const importScript = `
import(process.argv[1]).then((loaded) => {
  if (Object.keys(loaded).length === 0) throw new Error('exports nothing');
});
`;

function report(name, problem) {
  if (problem) failures.push(name);
  console.log(problem ? `FAILED ${name}: ${problem}` : `ok ${name}`);
}

/** Why `node <args>` did not end well by itself, or undefined. */
function runProblem(args) {
  const run = spawnSync(process.execPath, args, { env: {}, timeout: loadTimeoutMs });
  if (run.error) return `${run.error.message} (does something keep the process open?)`;
  return run.status === 0 ? undefined : `exit ${run.status}\n${run.stderr}`;
}

/** Native packages stay outside: that of the store, and that of the bus where a bundle has the bus in it. */
function nativePackages(store, bus, output) {
  const busModule = `shared/adapters/${bus}/function-bus.ts`;
  return busModule in output.inputs ? [store, bus] : [store];
}

/** The native package of a store that is a chunk of its own. */
function storesWithin({ inputs }) {
  return 'shared/adapters/lmdb/lmdb-store.ts' in inputs ? ['lmdb'] : [];
}

/** What a file takes from outside and may not: chunks lie beside it. */
function foreignImports(file, output, allowed) {
  return output.imports
    .filter(({ external }) => external)
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('node:') && !builtins.has(path))
    .filter((path) => !allowed.includes(path))
    .filter((path) => !path.startsWith('./') || !existsSync(join(root, dirname(file), path)));
}

function checkFile(file, output, { allowed, args }) {
  const foreign = foreignImports(file, output, allowed);
  const size = `${(statSync(join(root, file)).size / 1000).toFixed(1)} kB`;
  const problem =
    foreign.length > 0 ? `takes ${foreign.join(', ')} from outside` : runProblem(args);
  report(`${file} (${size})`, problem);
}

/** Loading the local stack would start it, so it is only parsed here; tests start it. */
function programArgs(file) {
  return basename(file) === 'main.js' ? ['--check', file] : [file, '--help'];
}

/** The same chunk lies in several folders: one of them stands for all. */
const checkedChunks = new Set();

function checkChunk(file, output) {
  const name = `${basename(file)} ${output.bytes}`;
  if (checkedChunks.has(name)) return;
  checkedChunks.add(name);
  const allowed = storesWithin(output);
  checkFile(file, output, { allowed, args: ['-e', importScript, join(root, file)] });
}

function checkOutputs(store) {
  const meta = readMeta(store);
  for (const [file, output] of Object.entries(meta.outputs)) {
    if (output.entryPoint?.startsWith('functions/')) {
      const allowed = nativePackages(store, meta.bus, output);
      checkFile(file, output, { allowed, args: ['-e', loadScript, join(root, file)] });
    } else if (output.entryPoint?.startsWith('infra/')) {
      checkFile(file, output, { allowed: ['lmdb'], args: programArgs(join(root, file)) });
    } else {
      checkChunk(file, output);
    }
  }
}

function readMeta(name) {
  return JSON.parse(readFileSync(join(root, 'dist/meta', `${name}.json`), 'utf8'));
}

function metaNames() {
  if (!existsSync(join(root, 'dist/meta'))) return [];
  return readdirSync(join(root, 'dist/meta')).map((file) => file.replace(/\.json$/, ''));
}

const names = metaNames();
for (const name of names) checkOutputs(name);

if (names.length === 0) {
  console.error('check-bundles: nothing is built; run npm run build first');
  process.exit(1);
}
if (failures.length > 0) {
  console.error(`check-bundles: ${failures.length} failed`);
  process.exit(1);
}
