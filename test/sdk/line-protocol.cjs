'use strict';

const { createInterface } = require('node:readline');

/** What the test wants this program to be, from its environment. */
exports.settings = JSON.parse(process.env.MOORING_TEST_DEVICE ?? '{}');

/** One line for the test. Whatever else a package prints does not begin like this. */
function tell(event, value) {
  process.stdout.write(`${JSON.stringify({ event, value })}\n`);
}

/** Does what the test says, `["name", ...arguments]` a line, and ends with its input. */
function obey(commands) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [name, ...args] = JSON.parse(line);
    commands[name](...args);
  });
  lines.on('close', () => process.exit(0));
}

exports.tell = tell;
exports.obey = obey;
