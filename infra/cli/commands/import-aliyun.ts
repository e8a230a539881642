import { isAllMoved } from '../../../shared/core/moving-in/moving-report.ts';
import { STORE_USAGE } from '../cloud-stores.ts';
import { type Command, UsageError } from '../command.ts';
import { DATA_DIR_USAGE, folderConfig } from '../folder.ts';
import { IMPORT_OPTIONS, jobOf } from '../moving-in/import-job.ts';
import { InterruptedError, listenForInterruption } from '../moving-in/interruption.ts';
import { moveAccount } from '../moving-in/move-account.ts';
import { movingReportJson, movingReportText } from '../moving-in/moving-report-text.ts';
import { requireWritable, writeReport } from '../moving-in/report-file.ts';
import { onlyPositional, parseOptions } from '../options.ts';
import { createProgressLine, progressOn } from '../progress-line.ts';

/** `mooring import aliyun`: brings an account of Alibaba Cloud over, see docs/migration.md. */
export const importAliyun: Command = {
  summary: 'move products and devices of an Alibaba Cloud account in',
  usage: `Usage: mooring import aliyun [options]

Reads products, thing models, custom topics and devices, and the last values, shadows, desired
values and tags of these, through the account's OpenAPI, and stores them with the same keys, names,
secrets and IotIds: in the data folder, or in the tables of a store in a cloud, with the keys of
its functions in MOORING_SEALING_KEYS. Runs beside the processes that have the folder or the tables
open. What is there already is changed only where it differs, so the command may be interrupted and
run again; an interrupted run goes on where it stood, which is noted in the data folder.
Exit code 0: all was moved, 1: not all of it, or the command ended before it was done, 2: the
command is wrong, 130 or 143: it was interrupted. See docs/migration.md.

  --endpoint URL           of the IoT OpenAPI (default: MOORING_ALIYUN_ENDPOINT, else
                           https://iot.cn-shanghai.aliyuncs.com)
  --instance ID            of a purchased instance (default: MOORING_ALIYUN_INSTANCE_ID)
  --product KEY            only this product; may be given several times
  --dry-run                counts what would be done, and writes nothing
  --without LIST           leaves out what takes a call a device each: values, shadows, desired,
                           tags; example: --without shadows,tags
  --without-values         the same as --without values
  --calls-per-second N     of all calls together (default: of each action half of what the platform
                           allows an account); throttled calls are repeated
  --report FILE            writes the report as JSON too
  --access-key-id ID       default: ALIBABA_CLOUD_ACCESS_KEY_ID
  --access-key-secret KEY  better in ALIBABA_CLOUD_ACCESS_KEY_SECRET, out of the shell's history

Where to:

${STORE_USAGE}
${DATA_DIR_USAGE}

With --store tablestore, ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are the
key of Tablestore. Give the key that reads the account with both options, from variables of other names.
`,
  run: async (args, { terminal, readConfig }) => {
    const { values, positionals } = parseOptions(args, IMPORT_OPTIONS);
    if (onlyPositional(positionals) !== 'aliyun') {
      throw new UsageError('Say what to import from: mooring import aliyun.');
    }
    const config = folderConfig(readConfig(), values['data-dir']);
    const job = jobOf(values, config);
    if (values.report) requireWritable(values.report);
    const progress = createProgressLine(progressOn(terminal));
    const interruption = listenForInterruption();
    try {
      const reports = await moveAccount({ job, config, progress, interruption });
      terminal.out(movingReportText(reports, job.isDryRun));
      if (values.report) writeReport(values.report, movingReportJson(reports, job.isDryRun));
      return isAllMoved(reports) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
      terminal.err(job.isDryRun ? 'interrupted\n' : INTERRUPTED);
      // The store is closed; a call that is under way would keep the process for its 15 s.
      return process.exit(error.exitCode);
    } finally {
      interruption.end();
    }
  },
};

const INTERRUPTED = 'interrupted; the same command goes on where it stood\n';
