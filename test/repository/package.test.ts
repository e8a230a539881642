import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

function readText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

const manifest = JSON.parse(readText('package.json'));

describe('package.json', () => {
  test('is private, licensed and pinned', () => {
    expect(manifest.private).toBe(true);
    expect(manifest.license).toBe('Apache-2.0');
    expect(readText('LICENSE')).toContain('Version 2.0, January 2004');
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const loose = versions.filter(
      ([, version]) => !/^(npm:\w+@)?\d+\.\d+\.\d+$/.test(`${version}`),
    );
    expect(loose).toEqual([]);
  });

  test('runs no install script of a dependency', () => {
    const lock = JSON.parse(readText('package-lock.json'));
    const withScripts = Object.keys(lock.packages)
      .filter((path) => lock.packages[path].hasInstallScript)
      .map((path) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(manifest.allowScripts).sort()).toEqual(withScripts.sort());
    expect(new Set(Object.values(manifest.allowScripts))).toEqual(new Set([false]));
  });
});

describe('package-lock.json', () => {
  test('names no registry host', () => {
    const lock = JSON.parse(readText('package-lock.json'));
    const placed = Object.keys(lock.packages).filter(
      (path) => lock.packages[path].resolved && !lock.packages[path].link,
    );
    expect(placed).toEqual([]);
  });

  test('holds every optional dependency, without which npm ci refuses it', () => {
    const lock = JSON.parse(readText('package-lock.json'));
    const missing = Object.keys(lock.packages).flatMap((path) =>
      Object.keys(lock.packages[path].optionalDependencies ?? {}).filter(
        (name) =>
          !(`${path}/node_modules/${name}` in lock.packages) &&
          !(`node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing, 'run node infra/build/complete-lock.mjs').toEqual([]);
  });

  test('holds the versions that package.json asks for', () => {
    const [locked] = Object.values<Record<string, unknown>>(
      JSON.parse(readText('package-lock.json')).packages,
    );
    expect(locked?.['dependencies']).toEqual(manifest.dependencies);
    expect(locked?.['devDependencies']).toEqual(manifest.devDependencies);
  });
});

describe('the READMEs', () => {
  const commands = /\bnpm (?:run )?([a-z][a-z:-]*)/g;
  const codeSpans = /```[\s\S]*?```|`[^`\n]+`/g;
  const npmVerbs = new Set(['ci', 'install']);

  test.each(['README.md', 'README.zh-CN.md'])('%s names only scripts that exist', (file) => {
    const code = [...readText(file).matchAll(codeSpans)].join('\n');
    const named = [...code.matchAll(commands)].map(([, name]) => `${name}`);
    expect(named).toContain('start');
    const unknown = named.filter((name) => !npmVerbs.has(name) && !(name in manifest.scripts));
    expect(unknown).toEqual([]);
  });
});
