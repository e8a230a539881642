import type { ArrayItem, DataType, NumberSpecs, Parameter, ThingModel } from '../../model/tsl.ts';
import type {
  DataTypeDocument,
  EventDocument,
  ItemDocument,
  NumberSpecsDocument,
  NumberText,
  ParameterDocument,
  PropertyDocument,
  ServiceDocument,
  ThingModelDocument,
} from './thing-model-document.ts';

/**
 * A document in the form of the model: numbers in specs as strings, absent lists empty, methods
 * derived where absent, unknown keys dropped.
 */
export function normalizeThingModel(document: ThingModelDocument): ThingModel {
  const { schema, profile, functionBlockId, functionBlockName } = document;
  const { productKey, version } = profile;
  const prefix = functionBlockId === undefined ? '' : `${functionBlockId}:`;
  return {
    ...present({ schema }),
    profile: { productKey, ...present({ version }) },
    ...present({ functionBlockId, functionBlockName }),
    properties: (document.properties ?? []).map(propertyOf),
    events: (document.events ?? []).map((event) => eventOf(event, prefix)),
    services: (document.services ?? []).map((service) => serviceOf(service, prefix)),
  };
}

function propertyOf(property: PropertyDocument): ThingModel['properties'][number] {
  const { identifier, name, desc, accessMode, required = false } = property;
  const dataType = dataTypeOf(property.dataType);
  return { identifier, name, ...present({ desc }), accessMode, required, dataType };
}

function eventOf(event: EventDocument, prefix: string): ThingModel['events'][number] {
  const { identifier, name, desc, type, required = false } = event;
  const method = event.method ?? `thing.event.${prefix}${identifier}.post`;
  const outputData = (event.outputData ?? []).map(parameterOf);
  return { identifier, name, ...present({ desc }), type, required, method, outputData };
}

function serviceOf(service: ServiceDocument, prefix: string): ThingModel['services'][number] {
  const { identifier, name, desc, required = false, callType = 'async' } = service;
  const method = service.method ?? `thing.service.${prefix}${identifier}`;
  const inputData = (service.inputData ?? []).map(parameterOf);
  const outputData = (service.outputData ?? []).map(parameterOf);
  const described = { identifier, name, ...present({ desc }), required };
  return { ...described, callType, method, inputData, outputData };
}

function parameterOf({ identifier, name, dataType }: ParameterDocument): Parameter {
  return { identifier, name, dataType: dataTypeOf(dataType) };
}

function dataTypeOf(dataType: DataTypeDocument): DataType {
  switch (dataType.type) {
    case 'int':
    case 'float':
    case 'double':
      return { type: dataType.type, specs: numberSpecsOf(dataType.specs) };
    case 'text':
      return { type: 'text', specs: { length: String(dataType.specs.length) } };
    case 'date':
      return { type: 'date', specs: {} };
    case 'bool':
    case 'enum':
      return { type: dataType.type, specs: dataType.specs };
    case 'struct':
      return { type: 'struct', specs: dataType.specs.map(parameterOf) };
    case 'array':
      return { type: 'array', specs: arraySpecsOf(dataType.specs) };
  }
}

function arraySpecsOf({ size, item }: { size: NumberText; item: ItemDocument }) {
  return { size: String(size), item: itemOf(item) };
}

function itemOf(item: ItemDocument): ArrayItem {
  if (item.type !== 'struct') return { type: item.type };
  return { type: 'struct', specs: item.specs.map(parameterOf) };
}

function numberSpecsOf({ min, max, step, unit, unitName }: NumberSpecsDocument): NumberSpecs {
  return {
    ...present({ min: textOf(min), max: textOf(max), step: textOf(step) }),
    ...present({ unit, unitName }),
  };
}

/** The platform's console exports an empty string for a bound that was not set. */
function textOf(number: NumberText | undefined): string | undefined {
  return number === undefined || number === '' ? undefined : String(number);
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The members that are there: an optional member is absent, never undefined. */
function present<T extends Record<string, string | undefined>>(members: T): Present<T> {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>;
}
