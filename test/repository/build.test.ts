import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const script = join(import.meta.dirname, '../../infra/build/build.mjs');

describe('npm run build', () => {
  const build = (...args: string[]) =>
    spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
    });

  test.each([
    { args: ['--store', 'papyrus'], reason: 'build: unknown store "papyrus"; there is: ' },
    { args: ['--sotre', 'lmdb'], reason: "build: Unknown option '--sotre'" },
    { args: ['lmdb'], reason: "build: Unexpected argument 'lmdb'" },
  ])('refuses $args and lists the stores', ({ args, reason }) => {
    const { status, stdout, stderr } = build(...args);
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/\nStores: .*lmdb, memory/);
    expect([status, stdout]).toEqual([2, '']);
  });

  test('explains itself', () => {
    const { status, stdout } = build('--help');
    expect(stdout).toMatch(/^Usage: npm run build/);
    expect(status).toBe(0);
  });

  test('puts new files in the place of the old ones, which whoever has them open reads on', () => {
    expect(build('--store', 'memory').stderr).toBe('');
    const paths = ['memory/device-auth/index.js', 'local/main.js', 'meta/memory.json'];
    const held = paths.map((file) => {
      const path = join(import.meta.dirname, '../../dist', file);
      return { path, text: readFileSync(path, 'utf8'), old: openSync(path, 'r') };
    });
    try {
      expect(build('--store', 'memory').stderr).toBe('');
      for (const { path, text, old } of held) {
        expect(statSync(path).ino, path).not.toBe(fstatSync(old).ino);
        expect(readFileSync(old, 'utf8') === text, path).toBe(true);
      }
    } finally {
      for (const { old } of held) closeSync(old);
    }
  });
});
