// One minified CJS bundle a function, for one store, plus the local stack and the command line.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { createLazyChunks } from './lazy-chunks.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const defaultStore = 'lmdb';
const defaultBus = 'lmdb';
const usage = `Usage: npm run build -- [--store <name>] [--bus <name>]

Writes dist/<store>/<function>/index.js for every folder of functions/, dist/local/main.js,
dist/forwarder/main.js and dist/cli/mooring.js, and what went into each to dist/meta/. What a bundle
loads only when it needs it, as the client of a cloud store, is a file of its own beside it.

  --store <name>  the store that the functions are bound to (default ${defaultStore})
  --bus <name>    the message bus that they are bound to (default: the store's own, else ${defaultBus})
  --help          prints this

Stores: ${storeNames().join(', ') || 'none yet'}
Buses: ${busNames().join(', ') || 'none yet'}`;

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['lmdb'],
  // ws then leaves out its optional native helpers, which are not installed.
  define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
  metafile: true,
  write: false,
  logLevel: 'error',
};

const chunks = createLazyChunks(shared);

/** Folders of `parent` that hold `file`, in order. */
function foldersWith(parent, file) {
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent))
    .filter((name) => existsSync(join(root, parent, name, file)))
    .sort();
}

function storeNames() {
  return foldersWith('shared/adapters', 'function-store.ts');
}

function busNames() {
  return foldersWith('shared/adapters', 'function-bus.ts');
}

function readOptions(args) {
  try {
    return parseArgs({
      args,
      options: {
        store: { type: 'string', default: defaultStore },
        bus: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(reason) {
  console.error(`build: ${reason}\n\n${usage}`);
  process.exit(2);
}

/**
 * Writes each file in a folder of its own and renames it into place. A stack that runs from dist/,
 * and a second build beside this one, never meet half a file.
 */
function publish(files, mode = 0o644) {
  const staging = mkdtempSync(join(root, 'dist/.staging-'));
  const staged = join(staging, 'file');
  try {
    for (const { path, contents } of files) {
      writeFileSync(staged, contents);
      chmodSync(staged, mode);
      mkdirSync(dirname(path), { recursive: true });
      renameSync(staged, path);
    }
  } finally {
    rmSync(staging, { recursive: true });
  }
}

function metaFile(name, metafile) {
  return { path: join(root, 'dist/meta', `${name}.json`), contents: JSON.stringify(metafile) };
}

async function buildFunctions(functions, { store, bus }) {
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: functions.map((name) => `functions/${name}/index.ts`),
    alias: {
      '#store': join(root, 'shared/adapters', store, 'function-store.ts'),
      '#bus': join(root, 'shared/adapters', bus, 'function-bus.ts'),
    },
    outbase: 'functions',
    outdir: `dist/${store}`,
    plugins: [chunks.plugin],
  });
  const files = [...(await chunkFiles(metafile)), ...outputFiles];
  publish([...files, metaFile(store, { ...metafile, bus })]);
  removeStale(store, new Set(files.map(({ path }) => path)));
}

/** A copy of each chunk beside every bundle that imports it; tells the metafile of them too. */
async function chunkFiles(metafile) {
  const files = [];
  for (const [bundle, output] of Object.entries({ ...metafile.outputs })) {
    for (const chunk of await chunks.of(output)) {
      const path = join(dirname(bundle), chunk.file);
      metafile.outputs[path] = chunk.output;
      files.push({ path: join(root, path), contents: chunk.contents });
    }
  }
  return files;
}

function removeStale(store, built) {
  const folder = join(root, 'dist', store);
  for (const name of readdirSync(folder)) removeStaleFiles(join(folder, name), built);
}

// File by file: a stack that runs from dist/ never finds its folder empty.
function removeStaleFiles(folder, built) {
  const files = readdirSync(folder).map((file) => join(folder, file));
  const stale = files.filter((file) => !built.has(file));
  for (const file of stale) rmSync(file, { recursive: true, force: true });
  if (stale.length === files.length) rmSync(folder, { recursive: true, force: true });
}

/** The long-lived programs. They name their adapters themselves, so `--store` does not touch them. */
async function buildPrograms() {
  const programs = [
    { in: 'infra/local/main.ts', out: 'local/main' },
    { in: 'infra/forwarder/main.ts', out: 'forwarder/main' },
    { in: 'infra/cli/main.ts', out: 'cli/mooring' },
  ].filter((program) => existsSync(join(root, program.in)));
  if (programs.length === 0) return [];
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: programs,
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [chunks.plugin],
  });
  const chunkCopies = await chunkFiles(metafile);
  publish(chunkCopies);
  publish(outputFiles, 0o755);
  publish([metaFile('programs', metafile)]);
  const built = new Set([...chunkCopies, ...outputFiles].map(({ path }) => path));
  for (const { path } of outputFiles) removeStaleFiles(dirname(path), built);
  return programs.map((program) => `dist/${program.out}.js`);
}

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(usage);
  process.exit(0);
}
if (!storeNames().includes(options.store)) {
  refuse(`unknown store "${options.store}"; there is: ${storeNames().join(', ') || 'none yet'}`);
}
const bus = options.bus ?? (busNames().includes(options.store) ? options.store : defaultBus);
if (!busNames().includes(bus)) {
  refuse(`unknown bus "${bus}"; there is: ${busNames().join(', ') || 'none yet'}`);
}
const functions = foldersWith('functions', 'index.ts');
if (functions.length === 0) refuse('functions/ holds no folder with an index.ts');

mkdirSync(join(root, 'dist'), { recursive: true });
// The repository's own "type" is "module"; without this, node would read the bundles as ESM.
publish([{ path: join(root, 'dist/package.json'), contents: '{"type":"commonjs"}\n' }]);
try {
  await buildFunctions(functions, { store: options.store, bus });
  const programs = await buildPrograms();
  console.log(`built for ${options.store}: ${functions.join(', ')}`);
  for (const file of programs) console.log(`built ${file}`);
} catch (error) {
  // esbuild has printed its own errors; anything else is a fault of this script.
  if (!Array.isArray(error.errors)) throw error;
  process.exitCode = 1;
}
