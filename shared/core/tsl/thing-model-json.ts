import type {
  DataType,
  Parameter,
  Property,
  Service,
  ThingEvent,
  ThingModel,
} from '../../model/tsl.ts';
import { simpleThingModel } from './complete-thing-model.ts';

type Named = { functionBlockId?: string; functionBlockName?: string };

/**
 * A module in the form that QueryThingModel shows (protocol.md 5.3), without what the platform makes
 * itself. Only the default module lists the custom ones, and only if there are some.
 */
export function thingModelJson(
  model: ThingModel,
  productKey: string,
  modules: readonly Named[] = [],
): Readonly<Record<string, unknown>> {
  const { functionBlockId, functionBlockName, ...own } = model;
  const { properties, events, services } = simpleThingModel(own);
  const blocks = modules.map((module) => ({
    functionBlockId: module.functionBlockId,
    functionBlockName: module.functionBlockName,
    productKey,
  }));
  return {
    events: events.map(eventJson),
    ...(blocks.length > 0 && { functionBlocks: blocks }),
    ...(functionBlockId !== undefined && { identifier: functionBlockId, name: functionBlockName }),
    productKey,
    properties: properties.map(propertyJson),
    services: services.map(serviceJson),
  };
}

function propertyJson({ identifier, name, desc, accessMode, required, dataType }: Property) {
  return {
    custom: true,
    ...specsJson(dataType),
    ...(desc !== undefined && { description: desc }),
    identifier,
    name,
    required,
    rwFlag: RW_FLAGS[accessMode],
  };
}

const RW_FLAGS = { r: 'READ_ONLY', rw: 'READ_WRITE', w: 'WRITE_ONLY' } as const;

function eventJson({ identifier, name, desc, type, required, outputData }: ThingEvent) {
  return {
    custom: true,
    ...(desc !== undefined && { description: desc }),
    eventName: name,
    eventType: `${type.toUpperCase()}_EVENT_TYPE`,
    identifier,
    name,
    outputdata: outputData.map(parameterJson('PARAM_OUTPUT')),
    required,
  };
}

function serviceJson({ identifier, name, desc, required, ...service }: Service) {
  const inputs = service.inputData.filter((parameter) => typeof parameter !== 'string');
  return {
    callType: service.callType.toUpperCase(),
    custom: true,
    ...(desc !== undefined && { description: desc }),
    identifier,
    inputParams: inputs.map(parameterJson('PARAM_INPUT')),
    name,
    outputParams: service.outputData.map(parameterJson('PARAM_OUTPUT')),
    required,
    serviceName: name,
  };
}

function parameterJson(direction: 'PARAM_INPUT' | 'PARAM_OUTPUT') {
  return ({ identifier, name, dataType }: Parameter, paraOrder: number) => ({
    custom: true,
    ...specsJson(dataType),
    direction,
    identifier,
    name,
    paraOrder,
  });
}

/** `dataSpecsList` where a type has several, `dataSpecs` where it has one. */
function specsJson(type: DataType): Readonly<Record<string, unknown>> {
  const dataType = type.type.toUpperCase();
  switch (type.type) {
    case 'bool':
    case 'enum':
      return {
        dataSpecsList: Object.entries(type.specs).map(([value, name]) => ({
          custom: true,
          dataType,
          name,
          value: Number(value),
        })),
        dataType,
      };
    case 'struct':
      return { dataSpecsList: type.specs.map(memberJson), dataType };
    case 'array':
      return { dataSpecs: arrayJson(type.specs), dataType };
    default:
      return { dataSpecs: { custom: true, dataType, ...type.specs }, dataType };
  }
}

/** What is a dataType elsewhere is the child's here: the member's own is that of the struct. */
function memberJson({ identifier, name, dataType: type }: Parameter) {
  const { dataType, ...specs } = specsJson(type);
  return { childDataType: dataType, dataType: 'STRUCT', ...specs, identifier, name };
}

function arrayJson({ size, item }: Extract<DataType, { type: 'array' }>['specs']) {
  return {
    childDataType: item.type.toUpperCase(),
    dataType: 'ARRAY',
    ...(item.type === 'struct' && { dataSpecsList: item.specs.map(memberJson) }),
    size: Number(size),
  };
}
