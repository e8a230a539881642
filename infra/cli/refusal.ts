import type { PopError } from '../../shared/adapters/aliyun/pop-outcome.ts';
import { ACTIONS } from './actions.ts';
import { nearest } from './nearest.ts';

type Asked = { action: string; endpoint: string; accessKeyId: string };

/** Code, message and RequestId of the refusal, and what to do about it. */
export function describeRefusal({ code, data }: PopError, asked: Asked): string {
  const text = memberOf(data, 'ErrorMessage') || memberOf(data, 'Message') || 'no message';
  const lines = [`${code}: ${text}`, `RequestId: ${memberOf(data, 'RequestId') || 'none'}`];
  return `${[...lines, adviceOf(code, asked)].join('\n')}\n`;
}

function memberOf(data: object, name: string): string {
  const value: unknown = Reflect.get(data, name);
  return typeof value === 'string' ? value : '';
}

function adviceOf(code: string, { action, endpoint, accessKeyId }: Asked): string {
  switch (code) {
    case 'InvalidAccessKeyId.NotFound':
      return `${endpoint} does not know the access key ${accessKeyId}. A data folder that was made anew has a new one in its demo.json.`;
    case 'SignatureDoesNotMatch':
      return `The secret of the access key ${accessKeyId} is another one, or something on the way changed the request.`;
    case 'InvalidTimeStamp.Expired':
      return 'Set the clock of this machine, or of the server: they are over 15 minutes apart.';
    case 'InvalidAction.NotFound':
      return adviceOnAction(action, endpoint);
    case 'iot.prod.NotExistedProduct':
      return 'A ProductKey comes from mooring CreateProduct; upper and lower case matter.';
    case 'iot.device.NotExistedDevice':
      if (action.includes('Certificate')) return 'mooring devices import brings deviceIds in.';
      return 'List the devices of a product with mooring QueryDevice --ProductKey KEY.';
    case 'InternalError':
      return 'The log line of the server with this RequestId says more.';
    default:
      return `Parameters of ${action}: ${ACTIONS[action] ?? 'see the documentation of the action'}`;
  }
}

function adviceOnAction(action: string, endpoint: string): string {
  const names = Object.keys(ACTIONS);
  const meant = nearest(action, names);
  const hint = meant === undefined ? 'mooring --help lists the actions' : `Did you mean ${meant}?`;
  return `${endpoint} does not serve ${action}. ${hint}`;
}
