import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const OPTIONS: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  external: ['lmdb'],
  metafile: true,
  write: false,
  logLevel: 'silent',
};

type LazyChunks = {
  plugin: Plugin;
  of(output: Metafile['outputs'][string]): Promise<{ file: string; contents: Uint8Array }[]>;
};

async function bundle(contents: string) {
  const script = join(root, 'infra/build/lazy-chunks.mjs');
  const { createLazyChunks } = await import(script);
  const chunks: LazyChunks = createLazyChunks(OPTIONS);
  const stdin = { contents, resolveDir: join(root, 'infra/cli') };
  const { metafile, outputFiles } = await build({ ...OPTIONS, stdin, plugins: [chunks.plugin] });
  const [output] = Object.values(metafile?.outputs ?? {});
  return { text: outputFiles?.[0]?.text ?? '', chunks: output ? await chunks.of(output) : [] };
}

describe('chunks that a bundle loads late', () => {
  test('hold what import() names, and the bundle nothing of it', async () => {
    const { text, chunks } = await bundle(
      "export const load = () => import('@alicloud/pop-core');",
    );
    expect(text).toContain('import("./pop-core.js")');
    expect(text.length).toBeLessThan(2_000);
    expect(chunks.map(({ file }) => file)).toEqual(['pop-core.js']);
    expect(chunks[0]?.contents.length).toBeGreaterThan(50_000);
  });

  test('are none for native packages and what node brings', async () => {
    const { text, chunks } = await bundle(
      "export const load = [import('lmdb'), import('node:fs')];",
    );
    expect(text).toContain('import("lmdb")');
    expect(chunks).toEqual([]);
  });

  test('leave out what a client brings along for calls that are never made', async () => {
    const { chunks } = await bundle("export const load = () => import('@alicloud/fc2');");
    expect(chunks.map(({ file }) => file)).toEqual(['fc2.js']);
    expect(chunks[0]?.contents.length).toBeLessThan(500_000);
  });

  test.each([
    '@alicloud/fc2',
    '@alicloud/fc20230330',
    '@alicloud/pop-core',
    '@alicloud/pop-core/lib/rpc.js',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/client-lambda',
    'mqtt',
    'tablestore',
  ])('are demanded of %s', async (name) => {
    await expect(bundle(`import '${name}';`)).rejects.toThrow(
      `${name} has to be imported with import()`,
    );
  });

  test('do not share a name', async () => {
    const sources = "export const a = [import('./run.ts'), import('./commands/run.ts')];";
    await expect(bundle(sources)).rejects.toThrow('would be one chunk, run.js: rename one');
  });
});
