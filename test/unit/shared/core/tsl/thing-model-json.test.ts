import { expect, test } from 'vitest';
import { completeThingModel } from '../../../../../shared/core/tsl/complete-thing-model.ts';
import { thingModelJson } from '../../../../../shared/core/tsl/thing-model-json.ts';
import type { ThingModel } from '../../../../../shared/model/tsl.ts';
import { parameter, property } from '../../../../support/thing-models.ts';

const productKey = 'a1TestProd01';

const MODEL: ThingModel = {
  profile: { productKey },
  properties: [
    property('Temp', { type: 'float', specs: { min: '-40', max: '125', unit: '°C' } }, 'rw'),
    property('Mode', { type: 'enum', specs: { '-1': 'away', '1': 'heat' } }),
    property('Place', {
      type: 'struct',
      specs: [parameter('lat', { type: 'double', specs: {} })],
    }),
    property('Samples', { type: 'array', specs: { size: '3', item: { type: 'int' } } }),
  ],
  events: [
    {
      identifier: 'Overheat',
      name: 'overheat',
      type: 'alert',
      required: false,
      method: 'thing.event.Overheat.post',
      outputData: [parameter('level', { type: 'text', specs: { length: '16' } })],
    },
  ],
  services: [
    {
      identifier: 'Reset',
      name: 'reset',
      required: false,
      callType: 'async',
      method: 'thing.service.Reset',
      inputData: [parameter('delay', { type: 'int', specs: {} })],
      outputData: [],
    },
  ],
};

test('types, access and directions are in the words of this form', () => {
  expect(thingModelJson(MODEL, productKey)).toMatchObject({
    productKey,
    properties: [
      {
        identifier: 'Temp',
        rwFlag: 'READ_WRITE',
        dataType: 'FLOAT',
        dataSpecs: { dataType: 'FLOAT', min: '-40', max: '125', unit: '°C' },
      },
      {
        identifier: 'Mode',
        rwFlag: 'READ_ONLY',
        dataType: 'ENUM',
        dataSpecsList: [
          { name: 'heat', value: 1 },
          { name: 'away', value: -1 },
        ],
      },
      {
        dataType: 'STRUCT',
        dataSpecsList: [{ identifier: 'lat', dataType: 'STRUCT', childDataType: 'DOUBLE' }],
      },
      { dataType: 'ARRAY', dataSpecs: { size: 3, childDataType: 'INT' } },
    ],
    events: [
      {
        identifier: 'Overheat',
        eventType: 'ALERT_EVENT_TYPE',
        outputdata: [{ identifier: 'level', dataType: 'TEXT', direction: 'PARAM_OUTPUT' }],
      },
    ],
    services: [
      {
        identifier: 'Reset',
        callType: 'ASYNC',
        inputParams: [{ identifier: 'delay', direction: 'PARAM_INPUT', paraOrder: 0 }],
        outputParams: [],
      },
    ],
  });
});

test('what the platform makes itself is not in it', () => {
  const complete = thingModelJson(completeThingModel(MODEL), productKey);
  expect(complete).toEqual(thingModelJson(MODEL, productKey));
});

test('the default module lists the custom ones, and a custom one says which it is', () => {
  const module = { ...MODEL, functionBlockId: 'Battery', functionBlockName: '电池' };
  expect(thingModelJson(MODEL, productKey)).not.toHaveProperty('functionBlocks');
  expect(thingModelJson(MODEL, productKey, [module])).toMatchObject({
    functionBlocks: [{ functionBlockId: 'Battery', functionBlockName: '电池', productKey }],
  });
  expect(thingModelJson(module, productKey)).toMatchObject({ identifier: 'Battery', name: '电池' });
});
