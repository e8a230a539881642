import { EXPIRES_AT_MS, VERSION } from './tablestore-rows.ts';
import type { ColumnCondition, RowCondition, TablestoreSdk } from './tablestore-sdk.ts';

const PASS_IF_MISSING = true;
const FAIL_IF_MISSING = false;

export function isAbsent(sdk: TablestoreSdk): RowCondition {
  return new sdk.Condition(sdk.RowExistenceExpectation.EXPECT_NOT_EXIST);
}

/** The row as it was read, expired or not. */
export function hasVersion(sdk: TablestoreSdk, version: number): RowCondition {
  return exists(sdk, versionIs(sdk, version));
}

/** A record that has not expired and, where a version is given, has that one. */
export function isLive(sdk: TablestoreSdk, nowMs: number, version?: number): RowCondition {
  const live = isUnexpired(sdk, nowMs);
  if (version === undefined) return exists(sdk, live);
  const both = new sdk.CompositeCondition(sdk.LogicalOperator.AND);
  both.addSubCondition(live);
  both.addSubCondition(versionIs(sdk, version));
  return exists(sdk, both);
}

export function isUnexpired(sdk: TablestoreSdk, nowMs: number): ColumnCondition {
  const { GREATER_THAN } = sdk.ComparatorType;
  const now = sdk.Long.fromNumber(nowMs);
  return new sdk.SingleColumnCondition(EXPIRES_AT_MS, now, GREATER_THAN, PASS_IF_MISSING);
}

function exists(sdk: TablestoreSdk, columns: ColumnCondition): RowCondition {
  return new sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST, columns);
}

/** No version is below 0, so that for 0 only a missing column passes. */
function versionIs(sdk: TablestoreSdk, version: number): ColumnCondition {
  const { EQUAL, LESS_THAN } = sdk.ComparatorType;
  const value = sdk.Long.fromNumber(version);
  return version === 0
    ? new sdk.SingleColumnCondition(VERSION, value, LESS_THAN, PASS_IF_MISSING)
    : new sdk.SingleColumnCondition(VERSION, value, EQUAL, FAIL_IF_MISSING);
}
