import { createCloudTables, STORE_OPTION, STORE_USAGE } from '../cloud-stores.ts';
import { type Command, UsageError } from '../command.ts';
import { onlyPositional, parseOptions } from '../options.ts';

/** `mooring tables create`: what a store in a cloud needs before functions run on it. */
export const tables: Command = {
  summary: 'make the tables of a store in a cloud',
  usage: `Usage: mooring tables create --store dynamodb|tablestore

Makes the tables that are missing and leaves the others as they are, so it may be run again, and has
to be after an update that brings new tables. Where the store is, and the prefix of the tables' names,
come from the environment: see docs/operations.md.

${STORE_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, STORE_OPTION);
    if (onlyPositional(positionals) !== 'create') {
      throw new UsageError('The one thing to do with tables is: mooring tables create');
    }
    await createCloudTables(values.store, readConfig(), ({ tableName, created }) =>
      terminal.out(`${tableName} ${created ? 'created' : 'was there'}\n`),
    );
    return 0;
  },
};
