import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

function readText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

describe('functions/', () => {
  const functions = existsSync(join(root, 'functions')) ? readdirSync(join(root, 'functions')) : [];

  test('holds the functions of the first slice', () => {
    expect(functions).toEqual(
      expect.arrayContaining(['device-auth', 'openapi', 'thing-recorder', 'topic-ingest']),
    );
  });

  test.each(functions)('%s has its wiring, its handler and its events', (name) => {
    const files = readdirSync(join(root, 'functions', name));
    expect(files).toEqual(expect.arrayContaining(['handler.ts', 'index.ts']));
    const events = readdirSync(join(root, 'events', name), { recursive: true }).map(String);
    expect(events.filter((file) => /accepted.*\.json$/.test(file))).not.toEqual([]);
    expect(events.filter((file) => /refused.*\.json$/.test(file))).not.toEqual([]);
  });
});

describe('the environment', () => {
  test('is read in shared/runtime alone', () => {
    const readers = filesUnder(['functions', 'shared', 'infra'])
      .filter((file) => !file.startsWith('infra/build/'))
      .filter((file) => /process\??\.env\b|process\[|\benv\b.*'node:process'/.test(readText(file)))
      .map((file) => file.split('/').slice(0, 2).join('/'));
    expect([...new Set(readers)]).toEqual(['shared/runtime']);
  });
});

function filesUnder(folders: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => /\.(ts|mjs)$/.test(file));
}

describe('tracked files', () => {
  test('name no machine and no registry', () => {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
      .toString()
      .split('\n')
      .filter((file) => file !== '' && existsSync(join(root, file)));
    expect(files.length).toBeGreaterThan(20);
    const own = 'test/repository/layout.test.ts';
    const places = /registry\.npm|npmmirror|artifactory|\/work\/(main|shared)\b|\/root\//;
    expect(files.filter((file) => file !== own && places.test(readText(file)))).toEqual([]);
  });
});
