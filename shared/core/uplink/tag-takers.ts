import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { readTagKeys, readTagList } from '../tags/tag-requests.ts';
import { deleteTags, readTags, saveTags, tagsContent } from '../tags/tags.ts';
import type { Answer, Judged, UplinkParts } from './uplink.ts';

/** `thing/deviceinfo/update` (protocol.md 4.9). The table first: whoever hears of the change finds it there. */
export async function updateTags(
  params: unknown,
  { uplink, nowMs }: Judged,
  { store }: UplinkParts,
): Promise<Result<Answer>> {
  const { device } = uplink;
  const tags = readTagList(params);
  if (!tags.ok) return tags;
  const saved = await saveTags(tags.value, { device, store });
  if (!saved.ok) return saved;
  const value = Object.entries(tags.value).map(([attrKey, attrValue]) => ({ attrKey, attrValue }));
  return ok({ data: {}, content: tagsContent({ device, action: 'update', value, nowMs }) });
}

/** `thing/deviceinfo/delete`. */
export async function removeTags(
  params: unknown,
  { uplink, nowMs }: Judged,
  { store }: UplinkParts,
): Promise<Result<Answer>> {
  const { device } = uplink;
  const keys = readTagKeys(params);
  if (!keys.ok) return keys;
  if (keys.value.length === 0) return refuseAlink(ALINK_CODES.parameterError);
  await deleteTags(keys.value, { device, store });
  const value = keys.value.map((attrKey) => ({ attrKey }));
  return ok({ data: {}, content: tagsContent({ device, action: 'delete', value, nowMs }) });
}

/** `thing/deviceinfo/get`: those that are named, or all. */
export async function getTags(
  params: unknown,
  { uplink }: Judged,
  { store }: UplinkParts,
): Promise<Result<Answer>> {
  const keys = readTagKeys(params);
  if (!keys.ok) return keys;
  const tags = Object.entries(await readTags(uplink.device.iotId, store));
  const named = keys.value.length === 0 ? tags : tags.filter(([key]) => keys.value.includes(key));
  return ok({ data: named.map(([attrKey, attrValue]) => ({ attrKey, attrValue })) });
}
