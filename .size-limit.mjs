// Most bytes of each built file, for every store that is built: a function's own bundle is what its
// cold start reads, a chunk is what its first call of a cloud service reads besides.
import { existsSync, readdirSync } from 'node:fs';

const functionLimit = '80 kB';
// The OpenAPI holds every action, the thing model's validator and each way down to a device; what takes
// messages of devices answers all of their requests, and has the way down too where a broker hands them over.
const functionLimits = { openapi: '215 kB', 'mqtt-uplink': '105 kB', 'topic-ingest': '90 kB' };
const chunkLimits = {
  'dynamodb-client': '400 kB',
  'fc2-client': '160 kB',
  'fc3-client': '1200 kB',
  'lambda-client': '400 kB',
  mqtt: '500 kB',
  'pop-core': '200 kB',
  'pop-core-lib-rpc': '100 kB',
  'rabbitmq-client': '80 kB',
  'rabbitmq-connected-bus': '90 kB',
  'rhea-links': '120 kB',
  tablestore: '850 kB',
};
const programLimit = '800 kB';

const row = (path, limit) => ({
  name: path,
  path: `dist/${path}`,
  limit,
  gzip: false,
  brotli: false,
});

function folders(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function functionRows(store) {
  return folders(`dist/${store}`).map((name) =>
    row(`${store}/${name}/index.js`, functionLimits[name] ?? functionLimit),
  );
}

/** Copies of a chunk are alike: the first one is measured. */
function chunkRows(bundles) {
  return Object.entries(chunkLimits).flatMap(([chunk, limit]) => {
    const first = bundles
      .map((path) => path.replace(/[^/]+$/, `${chunk}.js`))
      .find((path) => existsSync(`dist/${path}`));
    return first === undefined ? [] : [row(first, limit)];
  });
}

const stores = folders('dist').filter((name) => existsSync(`dist/meta/${name}.json`));
const rows = [
  ...stores.flatMap(functionRows),
  row('local/main.js', programLimit),
  row('forwarder/main.js', programLimit),
  row('cli/mooring.js', programLimit),
];

export default [...rows, ...chunkRows(rows.map(({ name }) => name))];
