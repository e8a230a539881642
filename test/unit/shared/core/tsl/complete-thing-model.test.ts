import { expect, test } from 'vitest';
import {
  completeThingModel,
  simpleThingModel,
} from '../../../../../shared/core/tsl/complete-thing-model.ts';
import { thermostat } from '../../../../support/thing-models.ts';

const identifiers = (members: readonly ({ identifier: string } | string)[]) =>
  members.map((member) => (typeof member === 'string' ? member : member.identifier));

const full = completeThingModel(thermostat);
const readable = identifiers(thermostat.properties).filter((identifier) => identifier !== 'Mode');

test('the event post reports every readable property', () => {
  const [post, ...others] = full.events;
  expect(post).toMatchObject({
    identifier: 'post',
    type: 'info',
    method: 'thing.event.property.post',
  });
  expect(identifiers(post?.outputData ?? [])).toEqual(readable);
  expect(others).toEqual(thermostat.events);
});

test('the service set takes every writable property', () => {
  const [set] = full.services;
  expect(set).toMatchObject({ identifier: 'set', method: 'thing.service.property.set' });
  expect(identifiers(set?.inputData ?? [])).toEqual(['Switch', 'Mode']);
  expect(set?.outputData).toEqual([]);
});

test('the service get takes identifiers and gives readable properties', () => {
  const [, get, ...others] = full.services;
  expect(get).toMatchObject({ identifier: 'get', method: 'thing.service.property.get' });
  expect(get?.inputData).toEqual(readable);
  expect(identifiers(get?.outputData ?? [])).toEqual(readable);
  expect(others).toEqual(thermostat.services);
});

test('completing twice adds nothing', () => {
  expect(completeThingModel(full)).toEqual(full);
});

test('the simple form drops what was added', () => {
  expect(simpleThingModel(full)).toEqual(thermostat);
});
