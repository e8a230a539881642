import { spawnSync } from 'node:child_process';
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
});
