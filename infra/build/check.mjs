// `npm run check`: every check in order, each named and timed; the first failure ends it.
import { spawnSync } from 'node:child_process';

const steps = [
  ['lint'],
  ['typecheck'],
  ['imports'],
  ['unused'],
  ['coverage'],
  ['build', '--store', 'memory'],
  ['build', '--store', 'dynamodb'],
  ['build', '--store', 'tablestore', '--bus', 'rabbitmq'],
  ['build', '--store', 'lmdb'],
  ['sizes'],
  ['bundles'],
];

function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

const startedMs = performance.now();
for (const [index, [script, ...args]] of steps.entries()) {
  const name = [script, ...args].join(' ');
  const stepStartedMs = performance.now();
  console.log(`\n== ${index + 1}/${steps.length} ${name}`);
  const run = spawnSync('npm', ['run', '--silent', script, '--', ...args], { stdio: 'inherit' });
  if (run.status !== 0) {
    console.error(`== ${name} FAILED after ${seconds(stepStartedMs)} (npm run ${script})`);
    process.exit(1);
  }
  console.log(`== ${name} passed in ${seconds(stepStartedMs)}`);
}
console.log(`\nAll ${steps.length} checks passed in ${seconds(startedMs)}`);
