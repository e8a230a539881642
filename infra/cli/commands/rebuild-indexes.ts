import { rebuildDeviceIndexes } from '../../../shared/core/devices/device-indexes.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import { ANY_STORE_OPTIONS, refuseBothPlaces, withAnyStore } from '../any-store.ts';
import { STORE_USAGE } from '../cloud-stores.ts';
import { type Command, CommandError } from '../command.ts';
import { DATA_DIR_USAGE, folderConfig } from '../folder.ts';
import { parseOptions, refusePositionals, requireOption } from '../options.ts';

/** `mooring rebuild-indexes`: mends what a crash between a device and its indexes left behind. */
export const rebuildIndexes: Command = {
  summary: "write a product's device indexes and its device count anew",
  usage: `Usage: mooring rebuild-indexes --product KEY [--store NAME | --data-dir DIR]

Writes the index of devices by IotId where a record is missing, and the number of devices of the
product. Run it while nothing registers or deletes devices of that product. A store in a cloud takes the
environment of its functions: see docs/operations.md.

  --product KEY        the ProductKey
${STORE_USAGE}
${DATA_DIR_USAGE}
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, OPTIONS);
    refusePositionals(positionals);
    refuseBothPlaces(values);
    const productKey = requireOption(values.product, 'product');
    const config = folderConfig(readConfig(), values['data-dir']);
    const devices = await withAnyStore(values.store, config, async ({ store }) => {
      const product = await findProduct(productKey, store);
      if (!product.ok) throw new CommandError(`There is no product ${productKey} here.`);
      return rebuildDeviceIndexes(productKey, store);
    });
    terminal.out(`${productKey} has ${devices} devices, all of them in the indexes.\n`);
    return 0;
  },
};

const OPTIONS = { ...ANY_STORE_OPTIONS, product: { type: 'string' } } as const;
