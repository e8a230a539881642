// Holds the tree to the import rules of .dependency-cruiser.cjs, then proves on a copy with planted
// violations that the rules still bite: a cruise that sees no modules reports success as well.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const leastModules = 20;
const trees = ['functions', 'shared', 'infra'].filter((name) => existsSync(join(root, name)));

const target = 'export const planted = 1;\n';
const plants = [
  {
    rule: 'core-sees-only-ports-and-model',
    from: 'shared/core/planted-import.ts',
    to: 'shared/adapters/planted/target.ts',
    specifier: '../adapters/planted/target.ts',
  },
  {
    rule: 'functions-are-islands',
    from: 'functions/planted-one/handler.ts',
    to: 'functions/planted-two/handler.ts',
    specifier: '../planted-two/handler.ts',
  },
  {
    rule: 'model-is-a-leaf',
    from: 'shared/model/planted-import.ts',
    to: 'shared/ports/planted-target.ts',
    specifier: '../ports/planted-target.ts',
  },
  {
    rule: 'rules-do-no-io',
    from: 'shared/core/planted-io.ts',
    to: 'fs',
    specifier: 'node:fs',
  },
];

function cruise(cwd) {
  const run = spawnSync(
    join(root, 'node_modules/.bin/depcruise'),
    ['--config', join(cwd, '.dependency-cruiser.cjs'), '--output-type', 'json', ...trees],
    { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  if (run.error) throw run.error;
  // The exit code counts violations; only output that is no JSON means that the cruise itself failed.
  try {
    return JSON.parse(run.stdout).summary;
  } catch (cause) {
    throw new Error(`dependency-cruiser failed: ${run.stderr || run.stdout}`, { cause });
  }
}

function describeViolation({ rule, from, to }) {
  return `${rule.severity} ${rule.name}: ${from} -> ${to}`;
}

function checkTree() {
  const { totalCruised, violations } = cruise(root);
  console.log(`cruised ${totalCruised} modules: ${violations.length} violations`);
  for (const violation of violations) console.error(`  ${describeViolation(violation)}`);
  if (totalCruised <= leastModules) {
    console.error(`  expected more than ${leastModules} modules: is the tree being read?`);
  }
  return violations.length === 0 && totalCruised > leastModules;
}

function write(folder, file, text) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function plant(folder) {
  for (const file of [...trees, '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  for (const { from, to, specifier } of plants) {
    write(folder, from, `import * as target from '${specifier}';\n\nexport const seen = target;\n`);
    if (to.endsWith('.ts')) write(folder, to, target);
  }
}

// In a copy, so that an interrupted run leaves nothing behind that a build could pick up; inside
// the repository (.build is ignored), so that packages resolve as they do in the tree.
function checkPlants() {
  mkdirSync(join(root, '.build'), { recursive: true });
  const folder = mkdtempSync(join(root, '.build/planted-'));
  try {
    plant(folder);
    const { violations } = cruise(folder);
    return plants.map((planted) => reportPlant(planted, violations)).every(Boolean);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportPlant({ rule, from, to }, violations) {
  const seen = violations.some((v) => v.rule.name === rule && v.from === from && v.to === to);
  console.log(`planted ${from} -> ${to}: ${seen ? `reported by ${rule}` : 'NOT REPORTED'}`);
  return seen;
}

const treeHolds = checkTree();
const rulesBite = checkPlants();
if (!treeHolds || !rulesBite) process.exit(1);
