import { STORE_USAGE } from '../cloud-stores.ts';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { EXPORT_OPTIONS, exportToFile } from '../devices/export-command.ts';
import { IMPORT_OPTIONS, importFromFile } from '../devices/import-command.ts';
import { DATA_DIR_USAGE } from '../folder.ts';
import { suggestion } from '../nearest.ts';
import { parseOptions } from '../options.ts';

/** `mooring devices`: lists of devices, in and out, as CSV. */
export const devices: Command = {
  summary: 'register devices of a CSV file, or write all devices as CSV',
  usage: `Usage: mooring devices import FILE.csv [--product KEY] [--rejects FILE] [--reserve]
                                       [--make-products] [--again]
                                       [--store NAME] [--data-dir DIR]
       mooring devices export [--product KEY]... [--out FILE] [--with-secrets] [--with-values]
                              [--store NAME | --data-dir DIR]

import registers the devices of a CSV file of up to 1,000,000 lines in UTF-8. The first line names
the columns, in any order and case; other columns are left alone:

  DeviceName           of the device (this or deviceId)
  deviceId             serial number or MAC: the certificate distributor then hands the device its
                       certificate. Without a DeviceName, that follows from it
  Nickname             4 to 64 characters, Chinese and Japanese ones counting two
  DeviceSecret         is kept; without it a secret is drawn
  ProductKey           instead of --product

A line that cannot be imported goes to the rejects file, with the reason. Interrupted, even by a
kill, the same command goes on where it stood. Exit code 0: every line was imported, 1: not every line,
2: the command is wrong.

  --product KEY        the ProductKey of every line
  --rejects FILE       where rejected lines go (default: FILE.csv.rejects.csv)
  --reserve            notes the deviceIds and registers no device: the certificate distributor does, when
                       a device first asks. With MOORING_IDENTITIES=aliyun the only way
  --make-products      makes each product that is not there yet, with the ProductKey of its lines, of 4 to
                       32 letters, digits and _ -; QueryProduct shows the secret that is drawn for it
  --again              from the first line, whatever was done before

export writes a line for each device, by product and DeviceName: ProductKey, DeviceName, IotId,
Nickname, Status, CreatedAt, ActivatedAt. import reads what export wrote.

  --product KEY        only this product; may be given several times
  --out FILE           into a file instead of standard output; it stands there once it is whole
  --with-secrets       the DeviceSecret too: keep that file as safe as the secrets
  --with-values        the last values of properties too, as JSON: {"Identifier":{"time":ms,"value":…}}

Both work on the data folder, or on the tables of a store in a cloud, with the keys of its functions in
MOORING_SEALING_KEYS: see docs/operations.md. An import into such a store notes in the data folder how far
it has come.

${STORE_USAGE}
${DATA_DIR_USAGE}
`,
  run: (args, context) => {
    const [name, ...rest] = args;
    const act = ACTS.find((one) => one.name === name);
    if (act) return act.run(rest, context);
    const names = ACTS.map((one) => one.name);
    if (name === undefined || name.startsWith('-')) {
      throw new UsageError(`Say one of ${names.join(', ')} first.`);
    }
    throw new UsageError(`There is no "devices ${name}".${suggestion(name, names)}`);
  },
};

type Act = { name: string; run(args: readonly string[], context: CommandContext): Promise<number> };

const ACTS: readonly Act[] = [
  {
    name: 'import',
    run: async (args, context) => importFromFile(parseOptions(args, IMPORT_OPTIONS), context),
  },
  {
    name: 'export',
    run: async (args, context) => exportToFile(parseOptions(args, EXPORT_OPTIONS), context),
  },
];
