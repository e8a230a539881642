import { randomBytes } from 'node:crypto';
import { createAccessKey } from '../../../shared/core/access-keys/access-keys.ts';
import { STORE_OPTION, STORE_USAGE, withCloudStore } from '../cloud-stores.ts';
import { type Command, UsageError } from '../command.ts';
import { onlyPositional, parseOptions } from '../options.ts';

/** `mooring access-keys create`: the first key of a store in a cloud. A data folder's is in demo.json. */
export const accessKeys: Command = {
  summary: 'make a key for the OpenAPI of functions on a store in a cloud',
  usage: `Usage: mooring access-keys create --store dynamodb|tablestore

Prints an access key of the OpenAPI once; the store holds its secret sealed. MOORING_SEALING_KEYS has to
be that of the functions, and the store the one that their environment names: see docs/operations.md.

${STORE_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, STORE_OPTION);
    if (onlyPositional(positionals) !== 'create') {
      throw new UsageError('The one thing to do with access keys is: mooring access-keys create');
    }
    await withCloudStore(values.store, readConfig(), async (parts) => {
      const key = await createAccessKey({ ...parts, nowMs: Date.now, randomBytes });
      terminal.out(`accessKeyId ${key.accessKeyId}\naccessKeySecret ${key.accessKeySecret}\n`);
    });
    return 0;
  },
};
