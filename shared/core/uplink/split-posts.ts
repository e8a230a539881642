import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { setOwn } from '../tsl/timed-value.ts';

/** One post among those of a message: of properties where it has no `event`. */
type Post = { event?: string; params: JsonObject };

/** `isForeign` if some of it was of other devices. */
export type Split = { posts: readonly Post[]; isForeign: boolean };

export type Owner = { productKey: string; deviceName: string };

type Found = { posts: Post[]; isForeign: boolean };

const MOST_HISTORY_DEVICES = 50;
const MOST_HISTORY_RECORDS = 30;
const MOST_HISTORY_EVENTS = 20;
const MOST_SUB_DEVICES = 20;
const MOST_PACK_PROPERTIES = 200;
const MOST_PACK_EVENTS = 200;

/** It becomes a level of a topic. */
const EVENT = /^[^/+#\0]{1,128}$/;

const MALFORMED = refuseAlink(ALINK_CODES.parameterError);

/**
 * History, `[{identity, properties: [{id: value}], events: [{id: {value, time}}]}]` (protocol.md 4.7).
 * Refuses with `alink-refused` 460: another shape, none, over 50 devices, or of one device over 30
 * records of properties or 20 events, in however many entries and records they come: each becomes a
 * message. Who leaves out the identity means himself.
 */
export function splitHistory(params: unknown, owner: Owner): Result<Split> {
  if (!Array.isArray(params) || params.length > MOST_HISTORY_DEVICES) return MALFORMED;
  const found: Found = { posts: [], isForeign: false };
  for (const entry of params) {
    if (!isJsonObject(entry)) return MALFORMED;
    const { properties = [], events = [] } = entry;
    if (!isListOfObjects(properties, MOST_HISTORY_RECORDS)) return MALFORMED;
    if (!isListOfObjects(events, MOST_HISTORY_EVENTS)) return MALFORMED;
    if (!isOwn(entry, owner)) found.isForeign = true;
    else if (!addHistory(properties, events, found)) return MALFORMED;
  }
  if (!isWithinHistory(found)) return MALFORMED;
  return settle(found);
}

/**
 * What a gateway packs, `{properties, events: {id: {value, time}}, subDevices: [{identity, …}]}`
 * (protocol.md 4.7). Refuses with `alink-refused`: 6357 over 20 sub-devices, 6106 over 200 properties
 * of a device, 6356 over 200 events in all, 460 another shape or nothing in it.
 */
export function splitPack(params: unknown, owner: Owner): Result<Split> {
  if (!isJsonObject(params)) return MALFORMED;
  const { subDevices = [] } = params;
  if (!isListOfObjects(subDevices)) return MALFORMED;
  if (subDevices.length > MOST_SUB_DEVICES) return refuseAlink(ALINK_CODES.tooManySubDevices);
  const found: Found = { posts: [], isForeign: false };
  let countEvents = 0;
  for (const entry of [params, ...subDevices]) {
    const { properties = {}, events = {} } = entry;
    if (!isJsonObject(properties) || !isJsonObject(events)) return MALFORMED;
    countEvents += Object.keys(events).length;
    if (Object.keys(properties).length > MOST_PACK_PROPERTIES)
      return refuseAlink(ALINK_CODES.mapSize);
    if (countEvents > MOST_PACK_EVENTS) return refuseAlink(ALINK_CODES.tooManyEvents);
    if (!isOwn(entry, owner)) found.isForeign = true;
    else if (!addPack(properties, events, found)) return MALFORMED;
  }
  return settle(found);
}

/**
 * Many points of one device, `{properties: {id: [{value, time}]}, events: {id: [{value, time}]}}`
 * (protocol.md 4.7). The first points of all properties make one post, the second ones the next. Refuses
 * with `alink-refused`, taking the limits of a pack for points: 6106, 6356, 460.
 */
export function splitBatch(params: unknown): Result<Split> {
  if (!isJsonObject(params)) return MALFORMED;
  const { properties = {}, events = {} } = params;
  if (!isJsonObject(properties) || !isJsonObject(events)) return MALFORMED;
  const found: Found = { posts: [], isForeign: false };
  const values = Object.entries(properties).map(([id, points]) => [id, listOf(points)] as const);
  if (countPoints(values) > MOST_PACK_PROPERTIES) return refuseAlink(ALINK_CODES.mapSize);
  const longest = Math.max(0, ...values.map(([, points]) => points.length));
  for (let at = 0; at < longest; at += 1) found.posts.push({ params: pointsAt(values, at) });
  const happened = Object.entries(events).map(([id, points]) => [id, listOf(points)] as const);
  if (countPoints(happened) > MOST_PACK_EVENTS) return refuseAlink(ALINK_CODES.tooManyEvents);
  for (const [event, points] of happened) {
    for (const point of points) {
      if (!isJsonObject(point) || !EVENT.test(event)) return MALFORMED;
      found.posts.push({ event, params: point });
    }
  }
  return settle(found);
}

type Points = readonly (readonly [string, readonly unknown[]])[];

function pointsAt(values: Points, at: number): JsonObject {
  const params: Record<string, unknown> = {};
  for (const [identifier, points] of values) {
    if (at < points.length) setOwn(params, identifier, points[at]);
  }
  return params;
}

function countPoints(values: Points): number {
  return values.reduce((sum, [, points]) => sum + points.length, 0);
}

const listOf = (points: unknown): readonly unknown[] => (Array.isArray(points) ? points : [points]);

function addHistory(
  properties: readonly JsonObject[],
  events: readonly JsonObject[],
  { posts }: Found,
): boolean {
  for (const params of properties) posts.push({ params });
  return events.every((record) => addEvents(record, posts));
}

function isWithinHistory({ posts }: Found): boolean {
  const events = posts.filter(({ event }) => event !== undefined).length;
  return events <= MOST_HISTORY_EVENTS && posts.length - events <= MOST_HISTORY_RECORDS;
}

function addPack(properties: JsonObject, events: JsonObject, { posts }: Found): boolean {
  if (Object.keys(properties).length > 0) posts.push({ params: properties });
  return addEvents(events, posts);
}

function addEvents(events: JsonObject, posts: Post[]): boolean {
  for (const [event, params] of Object.entries(events)) {
    if (!isJsonObject(params) || !EVENT.test(event)) return false;
    posts.push({ event, params });
  }
  return true;
}

function isListOfObjects(value: unknown, most = Number.POSITIVE_INFINITY): value is JsonObject[] {
  return Array.isArray(value) && value.length <= most && value.every(isJsonObject);
}

function isOwn({ identity }: JsonObject, { productKey, deviceName }: Owner): boolean {
  if (identity === undefined) return true;
  if (!isJsonObject(identity)) return false;
  return identity['productKey'] === productKey && identity['deviceName'] === deviceName;
}

function settle(found: Found): Result<Split> {
  return found.posts.length === 0 && !found.isForeign ? MALFORMED : ok(found);
}
