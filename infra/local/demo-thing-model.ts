/** TSL of the demo product: two properties, an event and a service, as docs and README use them. */
export const DEMO_THING_MODEL = {
  schema: 'https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json',
  profile: { productKey: '' },
  properties: [
    {
      identifier: 'temperature',
      name: 'Temperature',
      accessMode: 'r',
      required: false,
      dataType: {
        type: 'float',
        specs: { min: '-40', max: '125', step: '0.1', unit: '°C', unitName: 'degree Celsius' },
      },
    },
    {
      identifier: 'LightSwitch',
      name: 'Light switch',
      accessMode: 'rw',
      required: false,
      dataType: { type: 'bool', specs: { '0': 'off', '1': 'on' } },
    },
  ],
  events: [
    {
      identifier: 'Overheat',
      name: 'Overheat',
      type: 'alert',
      required: false,
      method: 'thing.event.Overheat.post',
      outputData: [
        {
          identifier: 'level',
          name: 'Level',
          dataType: { type: 'enum', specs: { '1': 'high', '2': 'critical' } },
        },
      ],
    },
  ],
  services: [
    {
      identifier: 'Reset',
      name: 'Reset',
      required: false,
      callType: 'async',
      method: 'thing.service.Reset',
      inputData: [
        {
          identifier: 'delay',
          name: 'Delay',
          dataType: {
            type: 'int',
            specs: { min: '0', max: '60', step: '1', unit: 's', unitName: 'second' },
          },
        },
      ],
      outputData: [],
    },
  ],
};
