'use strict';

const { createRequire } = require('node:module');

/** The mqtt 2.18 that the samples were written for: aliyun-iot-mqtt brings it along. */
exports.mqtt2 = createRequire(require.resolve('aliyun-iot-mqtt'))('mqtt');
