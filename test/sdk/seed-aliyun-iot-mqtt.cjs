'use strict';

// The devices of the samples on aliyun-iot-mqtt: broadcast, shadow and RRPC.
const { obey, settings } = require('./line-protocol.cjs');
const { mqtt2 } = require('./mqtt2.cjs');
const { watchClient } = require('./watch-client.cjs');

const { ext, answers = {}, ...options } = settings;

if (ext !== undefined) addToClientId(`ext=${ext}`);
const client = require('aliyun-iot-mqtt').getAliyunIotMqttClient(options);
watchClient(client);

/** The samples want `ext=1` in the client id, and the package takes no such option. */
function addToClientId(parameter) {
  const { connect } = mqtt2;
  mqtt2.connect = (url, { clientId, ...rest }) =>
    connect(url, {
      ...rest,
      clientId: clientId.replace('securemode=', `${parameter},securemode=`),
    });
}

// A request is answered on its own topic, or where `request` gives way to `response`.
client.on('message', (topic) => {
  const answer = Object.entries(answers).find(([prefix]) => topic.startsWith(prefix));
  if (answer) client.publish(topic.replace('/request/', '/response/'), JSON.stringify(answer[1]));
});

obey({
  publish: (topic, text, publishOptions) => client.publish(topic, text, publishOptions),
  subscribe: (topic) => client.subscribe(topic),
  end: () => client.end(),
});
