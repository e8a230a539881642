/**
 * The MQTT plugin of RabbitMQ writes the slashes of a topic as dots. A dot within a level could not be
 * told from a slash, which is why hooks, downlink and uplink all keep such levels out.
 */
export function routingKeyOf(topic: string): string {
  if (topic.includes('.')) {
    throw new Error(`RabbitMQ cannot carry the topic ${topic}: a level has a "." in it`);
  }
  return topic.replaceAll('/', '.');
}

export function topicOf(routingKey: string): string {
  return routingKey.replaceAll('.', '/');
}

/** The exchange that the MQTT plugin publishes to and binds the queues of its subscribers to. */
export const MQTT_EXCHANGE = 'amq.topic';

/**
 * Header of what we send to devices. A client of MQTT 3.1.1 cannot set any; one of MQTT 5 may, by a user
 * property, and only keeps its own message from being taken.
 */
export const DIRECTION_HEADER = 'x-mooring';
export const DOWN = 'down';

/** Header of a message that lies in a queue without having come there by its topic. */
export const TOPIC_HEADER = 'x-mooring-topic';
