import { describe, expect, test } from 'vitest';
import {
  checkThingModel,
  parseThingModel,
} from '../../../../../shared/core/tsl/check-thing-model.ts';
import { completeThingModel } from '../../../../../shared/core/tsl/complete-thing-model.ts';
import { parameters, thermostat } from '../../../../support/thing-models.ts';

const hum = { identifier: 'Hum', name: 'humidity', accessMode: 'r' };
const event = { identifier: 'Flood', name: 'flood', type: 'info' };
const service = { identifier: 'Open', name: 'open' };

const withProperties = (...properties: unknown[]) => ({ ...thermostat, properties });
const withDataType = (dataType: unknown) => withProperties({ ...hum, dataType });
const functions = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...hum,
    identifier: `f${index}`,
    dataType: { type: 'date' },
  }));
describe('checkThingModel', () => {
  test('gives a whole model back as it is', () => {
    expect(checkThingModel(thermostat)).toEqual({ ok: true, value: thermostat });
  });

  test('fills what has a natural default', () => {
    const document = {
      profile: { productKey: 'a1TestProd01' },
      functionBlockId: 'mod1',
      events: [event],
      services: [service],
    };
    expect(checkThingModel(document)).toEqual({
      ok: true,
      value: {
        profile: { productKey: 'a1TestProd01' },
        functionBlockId: 'mod1',
        properties: [],
        events: [
          { ...event, required: false, method: 'thing.event.mod1:Flood.post', outputData: [] },
        ],
        services: [
          {
            ...service,
            required: false,
            callType: 'async',
            method: 'thing.service.mod1:Open',
            inputData: [],
            outputData: [],
          },
        ],
      },
    });
  });

  test('leaves unknown keys and empty bounds out and makes strings of numbers', () => {
    const specs = { min: -5, max: 1.5, step: '', unit: '', range: 'wide' };
    const document = { ...withDataType({ type: 'float', specs, extra: 1 }), link: '/sys' };
    expect(checkThingModel(document)).toMatchObject({
      value: {
        properties: [{ dataType: { type: 'float', specs: { min: '-5', max: '1.5', unit: '' } } }],
      },
    });
    expect(checkThingModel(document)).not.toHaveProperty('value.link');
    expect(checkThingModel(document)).not.toHaveProperty('value.properties[0].dataType.specs.step');
  });

  test('takes a full document and leaves out what the platform makes itself', () => {
    expect(checkThingModel(completeThingModel(thermostat))).toEqual({
      ok: true,
      value: thermostat,
    });
  });

  test('takes a full document of as many properties as there may be functions', () => {
    const full = completeThingModel({ ...thermostat, events: [], services: [] });
    const [post] = full.events;
    const outputData = parameters(300);
    const events = [{ ...post, outputData }];
    const document = { ...full, properties: functions(300), events };
    expect(checkThingModel(document)).toMatchObject({ ok: true, value: { events: [] } });
  });

  const date = { type: 'date' };
  const refused = [
    ['text', 'the document: must be object'],
    [null, 'the document: must be object'],
    [{}, "the document: must have required property 'profile'"],
    [{ profile: {} }, "profile: must have required property 'productKey'"],
    [
      { ...thermostat, functionBlockId: 'a b' },
      'functionBlockId: must match pattern "^[_a-zA-Z0-9]{1,30}$"',
    ],
    [{ ...thermostat, properties: {} }, 'properties: must be array'],
    [
      withProperties({ ...hum, dataType: date, accessMode: 'x' }),
      'properties[0].accessMode: must be equal to one of the allowed values (r, rw, w)',
    ],
    [
      withProperties({ ...hum, dataType: date, identifier: 'a-b' }),
      'properties[0].identifier: must match pattern "^[A-Za-z0-9_]{1,50}$"',
    ],
    [
      withProperties({ ...hum, dataType: date, identifier: 'x'.repeat(51) }),
      'properties[0].identifier: must match pattern "^[A-Za-z0-9_]{1,50}$"',
    ],
    [
      withProperties({ ...hum, dataType: date, identifier: 'time' }),
      'properties[0].identifier: time is reserved',
    ],
    [
      withProperties({ ...hum, dataType: date }, { ...hum, dataType: date }),
      'properties[1].identifier: Hum is there twice',
    ],
    [
      { ...thermostat, properties: functions(299) },
      'the module has 301 functions, at most 300 are allowed',
    ],
    [
      { ...thermostat, events: [{ ...event, identifier: 'post' }] },
      'events[0].identifier: post is reserved',
    ],
    [
      { ...thermostat, events: [{ ...event, type: 'fatal' }] },
      'events[0].type: must be equal to one of the allowed values (info, alert, error)',
    ],
    [
      { ...thermostat, events: [{ ...event, outputData: parameters(101) }] },
      'events[0].outputData: must NOT have more than 100 items',
    ],
    [
      {
        ...thermostat,
        services: [0, 1, 2].map((index) => ({
          ...service,
          identifier: `s${index}`,
          inputData: parameters(100),
        })),
      },
      'events and services have 302 parameters, at most 300 are allowed',
    ],
    [
      { ...thermostat, services: [{ ...service, callType: 'later' }] },
      'services[0].callType: must be equal to one of the allowed values (sync, async)',
    ],
    [
      {
        ...thermostat,
        services: [{ ...service, inputData: [...parameters(1), ...parameters(1)] }],
      },
      'services[0].inputData[1].identifier: p0 is there twice',
    ],
  ] as const;
  for (const [document, reason] of refused) {
    test(`refuses a document: ${reason}`, () => {
      expect(checkThingModel(document)).toEqual(invalid(reason));
    });
  }

  test('names places as the full document numbers them', () => {
    const full = completeThingModel(thermostat);
    const document = { ...full, events: [...full.events, { ...event, identifier: 'get' }] };
    expect(checkThingModel(document)).toEqual(invalid('events[2].identifier: get is reserved'));
  });
});

describe('parseThingModel', () => {
  test('reads a document', () => {
    expect(parseThingModel(JSON.stringify(thermostat))).toEqual({ ok: true, value: thermostat });
  });

  test('refuses what is not JSON', () => {
    expect(parseThingModel('{')).toEqual(invalid('the document is not JSON'));
  });

  test('refuses a document of more than 256 KB', () => {
    const document = JSON.stringify(thermostat);
    const text = document + ' '.repeat(256 * 1024 - Buffer.byteLength(document));
    expect(parseThingModel(text).ok).toBe(true);
    expect(parseThingModel(`${text} `)).toEqual(invalid('the document has more than 262144 bytes'));
  });

  test('refuses a struct nested as deep as a document can be', () => {
    const open = '{"identifier":"a","name":"a","dataType":{"type":"struct","specs":[';
    const depth = 3400;
    const nested = `${open.repeat(depth)}${']}}'.repeat(depth)}`;
    const text = `{"profile":{"productKey":"x"},"properties":[{"accessMode":"r",${nested.slice(1)}]}`;
    expect(parseThingModel(text)).toMatchObject({
      failure: {
        kind: 'invalid-thing-model',
        reason: expect.stringContaining('specs[0].dataType.type: must be'),
      },
    });
  });
});

function invalid(reason: string) {
  return { ok: false, failure: { kind: 'invalid-thing-model', reason } };
}
