import type { Handler, Reply, Request } from '../../shared/model/http.ts';

export type Routes = {
  deviceAuth: Handler;
  deviceRegister: Handler;
  guidedSignIn: Handler;
  certificateDistributor: Handler;
  topicIngest: Handler;
  mqttAuth: Handler;
  mqttUplink: Handler;
  remoteConfig: Handler;
  openapi: Handler;
  metrics: () => Promise<string>;
};

/** The paths that scripts rely on (architecture.md), as the templates route them in a cloud. */
export function createRouter(routes: Routes): Handler {
  return (request) => {
    const { path } = request;
    if (path.startsWith('/topic/')) return routes.topicIngest(request);
    if (path.startsWith('/certificate/')) return routes.certificateDistributor(request);
    if (path.startsWith('/config/')) return routes.remoteConfig(request);
    if (MQTT_HOOK.test(path)) return routes.mqttAuth(request);
    switch (path) {
      case '/auth':
        return routes.deviceAuth(request);
      case '/auth/register/device':
        return routes.deviceRegister(request);
      case '/auth/devicename':
        return routes.guidedSignIn(request);
      case '/certificate':
        return routes.certificateDistributor(request);
      case '/mqtt/uplink':
        return routes.mqttUplink(request);
      case '/':
        return routes.openapi(request);
      case '/healthz':
        return Promise.resolve(text(200, 'ok\n'));
      case '/metrics':
        return routes.metrics().then((metrics) => text(200, metrics));
      default:
        return Promise.resolve(notFound(request));
    }
  };
}

/** Brokers ask under these, and RabbitMQ under one path more for each kind of question. */
const MQTT_HOOK = /^\/mqtt\/(auth|acl)(\/|$)/;

function notFound({ method }: Request): Reply {
  const message = `Nothing is served here for ${method}; see the paths in README.md`;
  return {
    status: 404,
    contentType: 'application/json',
    body: JSON.stringify({ code: 404, message }),
  };
}

function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
}
