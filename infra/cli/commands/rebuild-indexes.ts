import { rebuildDeviceIndexes } from '../../../shared/core/devices/device-indexes.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import { type Command, CommandError } from '../command.ts';
import { DATA_DIR_OPTION, DATA_DIR_USAGE, folderConfig, withStore } from '../folder.ts';
import { parseOptions, refusePositionals, requireOption } from '../options.ts';

/** `mooring rebuild-indexes`: mends what a crash between a device and its indexes left behind. */
export const rebuildIndexes: Command = {
  summary: "write a product's device indexes and its device count anew",
  usage: `Usage: mooring rebuild-indexes --product KEY [--data-dir DIR]

Writes the index of devices by IotId where a record is missing, and the number of devices of the
product. Run it while nothing registers or deletes devices of that product.

  --product KEY        the ProductKey
${DATA_DIR_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    refusePositionals(positionals);
    const productKey = requireOption(values.product, 'product');
    const devices = await withStore(
      folderConfig(readConfig(), values['data-dir']),
      async (store) => {
        const product = await findProduct(productKey, store);
        if (!product.ok) throw new CommandError(`There is no product ${productKey} here.`);
        return rebuildDeviceIndexes(productKey, store);
      },
    );
    terminal.out(`${productKey} has ${devices} devices, all of them in the indexes.\n`);
    return 0;
  },
};

const OPTIONS = { ...DATA_DIR_OPTION, product: { type: 'string' } } as const;
