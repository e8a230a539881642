// What a bundle imports with `import()` becomes a chunk: a file of its own beside the bundle, which is
// read when the import is reached and not before. docs/decisions/0007-lazy-chunks.md.
import { builtinModules } from 'node:module';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** Clients of cloud services: tens of milliseconds of a cold start each. */
const lazyPackages = [
  '@alicloud/fc2',
  '@alicloud/fc20230330',
  '@alicloud/pop-core',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-lambda',
  'mqtt',
  'rabbitmq-client',
  'tablestore',
];

/**
 * What a client brings along for calls that we do not make. ali-oss is for uploading functions with
 * @alicloud/fc2: nine tenths of it, and three quarters of the time that it takes to load.
 */
const leftOut = ['ali-oss'];

/**
 * One set of chunks for all bundles of a build: each chunk is built once.
 * `options` are esbuild's for a chunk; what they call external stays outside.
 */
export function createLazyChunks(options) {
  const entries = new Map();
  const built = new Map();

  const plugin = {
    name: 'lazy-chunks',
    setup({ onResolve }) {
      onResolve({ filter: /.*/ }, ({ kind, path, importer, resolveDir }) => {
        if (importer.includes('/node_modules/') || isOutside(path, options)) return undefined;
        if (kind !== 'dynamic-import') return refuseStatic(path);
        return { path: `./${entryName(path, resolveDir)}.js`, external: true };
      });
    },
  };

  const entryName = (path, resolveDir) => {
    const isOurs = path.startsWith('.');
    const name = isOurs ? basename(path, '.ts') : packageName(path);
    const entry = isOurs ? join(resolveDir, path) : path;
    const other = entries.get(name);
    if (other !== undefined && other !== entry) {
      throw new Error(`${entry} and ${other} would be one chunk, ${name}.js: rename one`);
    }
    entries.set(name, entry);
    return name;
  };

  return {
    plugin,
    /** The chunks of one bundle, by its output in the metafile: file name, contents and metafile entry. */
    async of(output) {
      const names = output.imports
        .filter(({ external, path }) => external && path.startsWith('./'))
        .map(({ path }) => basename(path, '.js'));
      return Promise.all(
        [...new Set(names)].map((name) => {
          if (!built.has(name)) built.set(name, buildChunk(name, entries.get(name), options));
          return built.get(name);
        }),
      );
    },
  };
}

/** `pop-core-lib-rpc` of `@alicloud/pop-core/lib/rpc.js`. */
function packageName(path) {
  const withoutScope = path.replace(/^@[^/]+\//, '');
  return withoutScope.replace(/\.[cm]?js$/, '').replaceAll('/', '-');
}

function isOutside(path, { external }) {
  return path.startsWith('node:') || builtinModules.includes(path) || external.includes(path);
}

function refuseStatic(path) {
  const isLazy = lazyPackages.some((name) => path === name || path.startsWith(`${name}/`));
  if (!isLazy) return undefined;
  return {
    errors: [{ text: `${path} has to be imported with import(), so that it is loaded late` }],
  };
}

/** An empty module in the place of each. */
const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path }) =>
      leftOut.includes(path) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: '' }));
  },
};

async function buildChunk(name, entry, options) {
  const isOurs = entry.endsWith('.ts');
  const { metafile, outputFiles } = await build({
    ...options,
    entryPoints: [{ in: entry, out: name }],
    outdir: 'dist',
    plugins: [leaveOut],
    // Our own modules import ESM, of which esbuild leaves out what is not used; it is a third of the
    // AWS SDK. In packages of CommonJS the same choice would mix both kinds of one dependency.
    ...(isOurs && { mainFields: ['module', 'main'] }),
  });
  return {
    file: `${name}.js`,
    contents: outputFiles[0].contents,
    output: Object.values(metafile.outputs)[0],
  };
}
