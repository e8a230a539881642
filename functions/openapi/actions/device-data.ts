import { queryEventHistory } from '../../../shared/core/history/event-history.ts';
import { LATEST_TIME_MS } from '../../../shared/core/history/history-sort.ts';
import {
  queryPropertiesHistory,
  queryPropertyHistory,
} from '../../../shared/core/history/property-history.ts';
import type { HistoryPage } from '../../../shared/core/history/read-history.ts';
import { snapshotProperties } from '../../../shared/core/openapi/property-snapshot.ts';
import { valueText } from '../../../shared/core/openapi/value-text.ts';
import { DEFAULT_MODULE } from '../../../shared/core/thing-models/thing-models.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, integer, keyText, oneOf, word } from '../decoders.ts';
import { list, missing, optional, readAll, required, withDefault } from '../parameters.ts';
import { readDevice } from './device-reference.ts';

const queryDevicePropertyStatus: Action = async (parameters, registry) => {
  const found = await readDevice(parameters, registry);
  if (!found.ok) return found;
  const module = withDefault('FunctionBlockId', keyText, DEFAULT_MODULE)(parameters);
  if (!module.ok) return module;
  const snapshot = await snapshotProperties(found.value, module.value, registry.store);
  if (!snapshot.ok) return snapshot;
  const properties = snapshot.value.map(({ identifier, name, dataType, unit, latest }) => ({
    DataType: dataType,
    Identifier: identifier,
    Name: name,
    Unit: unit,
    ...(latest && { Time: String(latest.timeMs), Value: valueText(latest.value) }),
  }));
  return ok({ Data: { List: { PropertyStatusInfo: properties } } });
};

const historyTime = integer(0, LATEST_TIME_MS);

/** The platform's own limit is 50, in newer regions 100. */
const MOST_ITEMS_A_PAGE = 100;

/** What all histories ask for. */
const historyReaders = {
  fromMs: required('StartTime', historyTime),
  toMs: required('EndTime', historyTime),
  ascending: required('Asc', oneOf({ '0': false, '1': true })),
  pageSize: required('PageSize', integer(1, MOST_ITEMS_A_PAGE)),
};

const queryDevicePropertyData: Action = async (parameters, registry) => {
  const readers = { ...historyReaders, identifier: required('Identifier', anyText) };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const found = await readDevice(parameters, registry);
  if (!found.ok) return found;
  const query = { ...read.value, iotId: found.value.iotId };
  const page = await queryPropertyHistory(query, registry.store);
  const values = page.items.map((item) => ({
    Time: String(item.timeMs),
    Value: valueText(item.value),
  }));
  return ok({ Data: { List: { PropertyInfo: values }, ...nextPage(page) } });
};

const MOST_PROPERTIES = 10;

/** Unlike those of one property, times are numbers here, and `NextTime` is not in `Data` (protocol.md 7.3). */
const queryDevicePropertiesData: Action = async (parameters, registry) => {
  const readers = {
    ...historyReaders,
    identifiers: list('Identifier', MOST_PROPERTIES, (itemName) => required(itemName, anyText)),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const identifiers = [...new Set(read.value.identifiers)];
  if (identifiers.length === 0) return missing('Identifier.N');
  const found = await readDevice(parameters, registry);
  if (!found.ok) return found;
  const query = { ...read.value, identifiers, iotId: found.value.iotId };
  const page = await queryPropertiesHistory(query, registry.store);
  const infos = identifiers.map((identifier) => ({
    Identifier: identifier,
    List: {
      PropertyInfo: page.items
        .filter((item) => item.identifier === identifier)
        .map(({ timeMs, value }) => ({ Time: timeMs, Value: valueText(value) })),
    },
  }));
  return ok({ PropertyDataInfos: { PropertyDataInfo: infos }, ...nextPage(page) });
};

const queryDeviceEventData: Action = async (parameters, registry) => {
  const readers = {
    ...historyReaders,
    identifier: optional('Identifier', anyText),
    type: optional('EventType', word('info', 'alert', 'error')),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const found = await readDevice(parameters, registry);
  if (!found.ok) return found;
  const query = { ...read.value, iotId: found.value.iotId };
  const page = await queryEventHistory(query, registry.store);
  const events = page.items.map((event) => ({
    EventType: event.type,
    Identifier: event.identifier,
    Name: event.name,
    OutputData: JSON.stringify(event.value),
    Time: String(event.timeMs),
  }));
  return ok({ Data: { List: { EventInfo: events }, ...nextPage(page) } });
};

/** Clients go on at `NextTime` for as long as `NextValid` is true. */
function nextPage({ nextTimeMs }: HistoryPage<unknown>) {
  return nextTimeMs === undefined
    ? { NextValid: false }
    : { NextTime: nextTimeMs, NextValid: true };
}

export const deviceDataActions: Actions = {
  QueryDevicePropertyStatus: queryDevicePropertyStatus,
  QueryDevicePropertyData: queryDevicePropertyData,
  QueryDevicePropertiesData: queryDevicePropertiesData,
  QueryDeviceEventData: queryDeviceEventData,
};
