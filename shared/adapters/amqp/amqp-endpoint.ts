/** Where an AMQP 1.0 server is. */
export type AmqpEndpoint = {
  host: string;
  port: number;
  isTls: boolean;
  /** Of a RabbitMQ; undefined: its default. */
  vhost?: string;
};

/** What one attempt signs in with; made anew for each. */
export type AmqpCredentials = { username: string; password: string };
