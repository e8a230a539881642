import { Buffer } from 'node:buffer';
import type { DeleteItemInput, PutItemInput, UpdateItemInput } from '@aws-sdk/client-dynamodb';
import type { Version } from '../../ports/table.ts';
import type { Item, Layout } from './dynamodb-layout.ts';
import { EXPIRES_AT_MS, EXPIRES_AT_SECONDS, NO_VERSION, VERSION } from './dynamodb-stamps.ts';

/** What a write goes to and when. */
export type Target = { tableName: string; layout: Layout; nowMs: number };

type Replacement = { key: Item; attributes: Item; version: Version };

/** Holds for items that have not expired. */
export const IS_LIVE = '(attribute_not_exists(#expiresAtMs) OR #expiresAtMs > :now)';

const MOST_ITEM_BYTES = 400 * 1024;

export function insertion(target: Target, item: Item): PutItemInput {
  const { tableName, layout, nowMs } = target;
  checkSize(tableName, item);
  return {
    TableName: tableName,
    Item: item,
    ConditionExpression: 'attribute_not_exists(#key) OR #expiresAtMs <= :now',
    ExpressionAttributeNames: { '#key': layout.partitionKey, '#expiresAtMs': EXPIRES_AT_MS },
    ExpressionAttributeValues: { ':now': { N: String(nowMs) } },
  };
}

/** An update, not a put: columns that another program has added stay. */
export function replacement(
  target: Target,
  { key, attributes, version }: Replacement,
): UpdateItemInput {
  checkSize(target.tableName, { ...key, ...attributes });
  const written = Object.keys(attributes);
  const absent = [...target.layout.attributes, EXPIRES_AT_MS, EXPIRES_AT_SECONDS].filter(
    (name) => !written.includes(name),
  );
  const sets = written.map((name) => `#${name} = :${name}`).join(', ');
  const removes = absent.map((name) => `#${name}`).join(', ');
  const condition = standing(target, version);
  const names = Object.fromEntries([...written, ...absent].map((name) => [`#${name}`, name]));
  const values = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`:${name}`, value]),
  );
  return {
    TableName: target.tableName,
    Key: key,
    UpdateExpression: removes === '' ? `SET ${sets}` : `SET ${sets} REMOVE ${removes}`,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: { ...names, ...condition.names },
    ExpressionAttributeValues: { ...values, ...condition.values },
  };
}

export function removal(target: Target, key: Item, version: Version | undefined): DeleteItemInput {
  const { expression, names, values } = standing(target, version);
  return {
    TableName: target.tableName,
    Key: key,
    ConditionExpression: expression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

type Condition = { expression: string; names: Record<string, string>; values: Item };

/** Holds for a live item, of that version where one is given. */
function standing({ layout, nowMs }: Target, version: Version | undefined): Condition {
  const expression = `attribute_exists(#key) AND ${IS_LIVE}`;
  const names = { '#key': layout.partitionKey, '#expiresAtMs': EXPIRES_AT_MS };
  const values = { ':now': { N: String(nowMs) } };
  if (version === undefined) return { expression, names, values };
  const versioned = { ...names, '#version': VERSION };
  if (version === NO_VERSION) {
    return {
      expression: `${expression} AND attribute_not_exists(#version)`,
      names: versioned,
      values,
    };
  }
  return {
    expression: `${expression} AND #version = :was`,
    names: versioned,
    values: { ...values, ':was': { N: String(version) } },
  };
}

/**
 * The service would refuse it too, but in words that name neither the table nor the limit.
 * @throws Error
 */
function checkSize(tableName: string, item: Item): void {
  let bytes = 0;
  for (const [name, { S, N }] of Object.entries(item)) {
    bytes += name.length + Buffer.byteLength(S ?? N ?? '');
  }
  if (bytes <= MOST_ITEM_BYTES) return;
  throw new Error(
    `a record of ${bytes} bytes for ${tableName} is larger than the ${MOST_ITEM_BYTES} bytes that DynamoDB takes`,
  );
}
