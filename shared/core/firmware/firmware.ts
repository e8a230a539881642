import type { DeviceRecord } from '../../model/device.ts';
import type { Message, OtaResultBody, OtaVersionBody } from '../../model/message.ts';
import type { FirmwareModule, FirmwareRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { upsertRecord } from '../records/update-record.ts';

/** The module of a device that names none (protocol.md 4.11). */
export const DEFAULT_FIRMWARE_MODULE = 'default';

const MOST_MODULES = 100;

/** Of the default module; empty where the device has reported none. */
export async function firmwareVersion(iotId: string, store: Store): Promise<string> {
  const found = await findModule(iotId, DEFAULT_FIRMWARE_MODULE, store);
  return found?.version ?? '';
}

export async function findModule(
  iotId: string,
  moduleName: string,
  store: Store,
): Promise<FirmwareModule | undefined> {
  const found = await store.table('firmware').read({ partition: iotId });
  return found?.value.modules.find((module) => module.moduleName === moduleName);
}

/** In the place of the one of its name. One above the hundredth is dropped: the bus has been told of it. */
export async function saveModule(
  iotId: string,
  module: FirmwareModule,
  store: Store,
): Promise<void> {
  await upsertRecord(store.table('firmware'), { partition: iotId }, (firmware) =>
    withModule(module, firmware),
  );
}

function withModule(
  module: FirmwareModule,
  { modules }: FirmwareRecord = { modules: [] },
): FirmwareRecord {
  const others = modules.filter(({ moduleName }) => moduleName !== module.moduleName);
  return { modules: [...others, module].slice(0, MOST_MODULES) };
}

type Content = Pick<Message, 'kind' | 'topic' | 'body'>;

/** What the platform routes when the version of a module is another than before (protocol.md 8.3). */
export function versionContent(
  { moduleName, version }: Pick<FirmwareModule, 'moduleName' | 'version'>,
  { iotId, productKey, deviceName }: DeviceRecord,
  nowMs: number,
): Content {
  const body: OtaVersionBody = {
    iotId,
    deviceName,
    productKey,
    moduleName,
    moduleVersion: version,
    messageCreateTime: nowMs,
  };
  const topic = `/${productKey}/${deviceName}/ota/version/post`;
  return { kind: 'ota_version', topic, body: Buffer.from(JSON.stringify(body)) };
}

type Upgrade = Pick<OtaResultBody, 'status' | 'srcVersion' | 'destVersion' | 'desc'>;

/** What the platform routes when an upgrade has ended (protocol.md 8.3). */
export function resultContent(
  { status, srcVersion, destVersion, desc }: Upgrade,
  { iotId, productKey, deviceName }: DeviceRecord,
  nowMs: number,
): Content {
  const body: OtaResultBody = {
    iotId,
    productKey,
    deviceName,
    status,
    messageCreateTime: nowMs,
    srcVersion,
    destVersion,
    desc,
    jobId: '',
    taskId: '',
  };
  const topic = `/${productKey}/${deviceName}/ota/upgrade`;
  return { kind: 'ota_result', topic, body: Buffer.from(JSON.stringify(body)) };
}
