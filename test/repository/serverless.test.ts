import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');

test.each([
  { args: [], store: 'lmdb' },
  { args: ['--param', 'store=dynamodb'], store: 'dynamodb' },
  { args: ['--param', 'store=tablestore'], store: 'tablestore' },
])('serverless.yml with $args takes the bundles for $store', ({ args, store }) => {
  const { MOORING_BUILD_STORE: _, ...env } = process.env;
  const printed = execFileSync(process.execPath, [SERVERLESS, 'print', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env,
  });
  const bundles = printed.match(/dist\/\w+\//g) ?? [];
  expect(bundles.length).toBeGreaterThan(0);
  expect(new Set(bundles)).toEqual(new Set([`dist/${store}/`]));
});
