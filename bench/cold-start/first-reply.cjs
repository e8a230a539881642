// What a cloud's runtime does with a bundle: loads it, calls its handler once, hands the reply over.
// node first-reply.cjs <bundle> <file of the event>; the reply goes to file descriptor 3, since the
// function's own log has the standard output.
const { readFileSync, writeSync } = require('node:fs');

const [bundle, eventFile] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const { handler } = require(bundle);

handler(event, {}).then((reply) => {
  writeSync(3, JSON.stringify(reply));
  process.exit(0);
});
