// Loads every bundle in a fresh process with an empty environment, the way a cloud's cold start
// does, and checks what each one still takes from outside.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const loadTimeoutMs = 10_000;
const builtins = new Set(builtinModules);
const failures = [];

const loadScript = `
const { handler } = require(process.argv[1]);
if (typeof handler !== 'function') throw new Error('exports no function called handler');
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

/** A bundle for one store may take that store's native package from outside, and nothing else. */
function foreignImports(output, store) {
  return output.imports
    .filter(({ external }) => external)
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('node:') && !builtins.has(path))
    .filter((path) => path !== store);
}

function checkFunction(store, file, output) {
  const foreign = foreignImports(output, store);
  const size = `${(statSync(join(root, file)).size / 1000).toFixed(1)} kB`;
  const problem =
    foreign.length > 0
      ? `takes ${foreign.join(', ')} from outside`
      : runProblem(['-e', loadScript, join(root, file)]);
  report(`${file} (${size})`, problem);
}

function readMeta(name) {
  return JSON.parse(readFileSync(join(root, 'dist/meta', `${name}.json`), 'utf8'));
}

function metaNames() {
  if (!existsSync(join(root, 'dist/meta'))) return [];
  return readdirSync(join(root, 'dist/meta')).map((file) => file.replace(/\.json$/, ''));
}

const names = metaNames();
for (const store of names.filter((name) => name !== 'programs')) {
  for (const [file, output] of Object.entries(readMeta(store).outputs)) {
    checkFunction(store, file, output);
  }
}
// Loading the local stack would start it, so it is only parsed here; tests start it.
for (const [file, args] of [
  ['dist/local/main.js', ['--check', 'dist/local/main.js']],
  ['dist/cli/mooring.js', ['dist/cli/mooring.js', '--help']],
]) {
  const path = join(root, file);
  if (existsSync(path)) {
    report(`${args.join(' ')}`, runProblem(args.map((arg) => (arg === file ? path : arg))));
  }
}

if (names.length === 0) {
  console.error('check-bundles: nothing is built; run npm run build first');
  process.exit(1);
}
if (failures.length > 0) {
  console.error(`check-bundles: ${failures.length} failed`);
  process.exit(1);
}
