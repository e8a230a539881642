import type { Property, Service, ThingEvent, ThingModel } from '../../model/tsl.ts';

/** The members that the platform makes by itself for every thing model (protocol.md 5.1). */
const POST_METHOD = 'thing.event.property.post';
const SET_METHOD = 'thing.service.property.set';
const GET_METHOD = 'thing.service.property.get';
const GENERATED: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['post', POST_METHOD],
  ['set', SET_METHOD],
  ['get', GET_METHOD],
]);

/** Tells them from members of a user, who may not use their identifiers. */
export function isGenerated(member: { identifier?: unknown; method?: unknown }): boolean {
  const { identifier, method } = member;
  return method !== undefined && GENERATED.get(identifier) === method;
}

/** The thing model with the event `post` and the services `set` and `get`, as GetThingModelTsl gives it. */
export function completeThingModel(model: ThingModel): ThingModel {
  const { events, services } = simpleThingModel(model);
  const { properties } = model;
  return {
    ...model,
    events: [postEvent(properties), ...events],
    services: [setService(properties), getService(properties), ...services],
  };
}

/** The thing model without them. */
export function simpleThingModel(model: ThingModel): ThingModel {
  return {
    ...model,
    events: model.events.filter((event) => !isGenerated(event)),
    services: model.services.filter((service) => !isGenerated(service)),
  };
}

function postEvent(properties: readonly Property[]): ThingEvent {
  return {
    identifier: 'post',
    name: 'post',
    type: 'info',
    required: true,
    method: POST_METHOD,
    outputData: parameters(properties, 'r'),
  };
}

function setService(properties: readonly Property[]): Service {
  return {
    identifier: 'set',
    name: 'set',
    required: true,
    callType: 'async',
    method: SET_METHOD,
    inputData: parameters(properties, 'w'),
    outputData: [],
  };
}

function getService(properties: readonly Property[]): Service {
  const outputData = parameters(properties, 'r');
  return {
    identifier: 'get',
    name: 'get',
    required: true,
    callType: 'async',
    method: GET_METHOD,
    inputData: outputData.map(({ identifier }) => identifier),
    outputData,
  };
}

function parameters(properties: readonly Property[], access: 'r' | 'w') {
  return properties
    .filter(({ accessMode }) => accessMode.includes(access))
    .map(({ identifier, name, dataType }) => ({ identifier, name, dataType }));
}
