'use strict';

// A program on alibabacloud-iot-device-sdk or aliyun-iot-device-sdk: `link-sdk.cjs <package> <device|gateway>`.
const { obey, settings, tell } = require('./line-protocol.cjs');
const { watchClient } = require('./watch-client.cjs');

const SDKS = {
  'alibabacloud-iot-device-sdk': () => require('alibabacloud-iot-device-sdk'),
  'aliyun-iot-device-sdk': () => require('aliyun-iot-device-sdk'),
};

const [packageName, kind] = process.argv.slice(2);
const device = SDKS[packageName]()[kind](settings);
// Without a listener of the SDK's own, its error would end the program.
device.on('error', () => undefined);
watchClient(device.mqttClient);

obey({
  /** A method that calls back with the platform's answer. */
  ask: (method, ...args) => device[method](...args, (answer) => tell('answer', { method, answer })),
  /** A method whose answer comes to a listener, if at all. */
  run: (method, ...args) => device[method](...args),
  listen: (method) => device[method]((value) => tell(method, value)),
  /** `answer` is handed to what the SDK gives for it; without one, only what arrives is told. */
  serve: (service, answer, type) =>
    device.onService(service, (request, respond) => {
      tell('service', { service, request });
      if (answer !== null) respond({ id: request.id, ...answer }, type);
    }),
});
