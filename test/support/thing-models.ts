import type { DataType, Parameter, Property, ThingModel } from '../../shared/model/tsl.ts';

/** The thing model of protocol.md 5.1, with a property of every data type. */
export const thermostat: ThingModel = {
  profile: { productKey: 'a1TestProd01' },
  properties: [
    property('Temp', { type: 'float', specs: { min: '-40', max: '125', step: '0.1', unit: '°C' } }),
    property('Hum', { type: 'int', specs: { min: '0', max: '100' } }),
    property('Energy', { type: 'double', specs: { min: '0' } }),
    property('Label', { type: 'text', specs: { length: '4' } }),
    property('Installed', { type: 'date', specs: {} }),
    property('Switch', { type: 'bool', specs: { '0': 'off', '1': 'on' } }, 'rw'),
    property('Mode', { type: 'enum', specs: { '-1': 'away', '1': 'heat', '2': 'cool' } }, 'w'),
    property('Place', {
      type: 'struct',
      specs: [
        parameter('lat', { type: 'double', specs: {} }),
        parameter('lon', { type: 'double', specs: {} }),
      ],
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
      outputData: [
        parameter('level', { type: 'enum', specs: { '1': 'low', '2': 'high' } }),
        parameter('reason', { type: 'text', specs: { length: '16' } }),
      ],
    },
  ],
  services: [
    {
      identifier: 'Reset',
      name: 'reset',
      required: false,
      callType: 'async',
      method: 'thing.service.Reset',
      inputData: [parameter('delay', { type: 'int', specs: { min: '0', max: '60' } })],
      outputData: [],
    },
  ],
};

export function property(
  identifier: string,
  dataType: DataType,
  accessMode: Property['accessMode'] = 'r',
): Property {
  return { identifier, name: identifier, accessMode, required: false, dataType };
}

export function parameter(identifier: string, dataType: DataType): Parameter {
  return { identifier, name: identifier, dataType };
}

export function parameters(count: number): Parameter[] {
  return Array.from({ length: count }, (_, index) =>
    parameter(`p${index}`, { type: 'date', specs: {} }),
  );
}
