// `npm ci` refuses a lock that lacks an optional dependency, and npm leaves out those that the
// registry in use does not hold, such as binaries for other platforms on a partial mirror. This
// adds them by the exact version that their parent asks for. They carry no integrity, since the
// file was never seen; on other platforms npm skips them before it fetches anything.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const file = join(root, 'package-lock.json');
// <scope>/<…->os-cpu[-libc], the naming that napi-rs, Biome and esbuild share.
const platformName =
  /[/-](android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(gnu|musl|msvc|eabi)\w*)?$/;

function isLocked(packages, path, name) {
  return Boolean(packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`]);
}

function platformEntry(name, version, isDev) {
  const [, os, cpu, libc] = platformName.exec(name) ?? [];
  if (!os || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(`${name}@${version} is missing from the lock and names no platform`);
  }
  const libcOf = { gnu: ['glibc'], musl: ['musl'] };
  return {
    version,
    cpu: [cpu],
    ...(isDev && { dev: true }),
    ...(os === 'linux' && libcOf[libc] && { libc: libcOf[libc] }),
    optional: true,
    os: [os],
  };
}

function missingEntries(packages) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(packages, path, name))
      .map(([name, version]) => [`node_modules/${name}`, platformEntry(name, version, dev)]),
  );
}

const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock.packages);
const [own, ...others] = Object.entries(lock.packages);
others.push(...missing);
lock.packages = Object.fromEntries([own, ...others.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
for (const [path] of missing) console.log(`added ${path}`);
console.log(`${missing.length} optional dependencies were missing from the lock`);
