// Compiles shared/core/tsl/thing-model.schema.json to plain code, so that no function pays for ajv
// at its start. Writes the result; with --check only says, by its exit code, whether it is fresh.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

const TSL = new URL('../../shared/core/tsl/', import.meta.url);
const GENERATED = new URL('generated/', TSL);
const HEADER = '// Made by infra/build/generate-validators.mjs. Do not edit.\n';

const DECLARATION = `${HEADER}import type { ThingModelDocument } from '../thing-model-document.ts';

export type SchemaError = {
  keyword: string;
  instancePath: string;
  message?: string;
  params: Readonly<Record<string, unknown>>;
};

/** Leaves what it found wrong in \`errors\`. */
export declare const validateThingModel: {
  (document: unknown): document is ThingModelDocument;
  errors?: readonly SchemaError[] | null;
};
`;

async function validatorSource() {
  const schema = JSON.parse(await readFile(new URL('thing-model.schema.json', TSL), 'utf8'));
  const ajv = new Ajv({
    code: { source: true, esm: true },
    discriminator: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTypes: false,
    schemas: [schema],
  });
  const source = standalone.default(ajv, { validateThingModel: schema.$id });
  // Where a schema needs ajv's runtime, standalone code calls require, which ESM does not have.
  if (source.includes('require(')) throw new Error('the validator needs ajv at run time');
  return `${HEADER}${source}\n`;
}

const files = {
  'thing-model-validator.js': await validatorSource(),
  'thing-model-validator.d.ts': DECLARATION,
};
await mkdir(GENERATED, { recursive: true });
for (const [name, wanted] of Object.entries(files)) {
  const file = new URL(name, GENERATED);
  if (!process.argv.includes('--check')) {
    await writeFile(file, wanted);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== wanted) {
    console.error(`${fileURLToPath(file)} is stale: run node infra/build/generate-validators.mjs`);
    process.exitCode = 1;
  }
}
