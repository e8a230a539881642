import type { Failure } from '../../shared/model/failure.ts';

/** Status 200 goes with the envelope of the IoT product, any other with that of the gateway. */
export type ApiError = { status: number; code: string; message: string };

/** The one mapping from refusals to what the platform says (protocol.md 7.1, 7.2, 7.5). */
export function apiErrorOf(failure: Failure): ApiError {
  switch (failure.kind) {
    case 'signature-mismatch':
      return gateway(400, 'SignatureDoesNotMatch', mismatchText(failure.stringToSign));
    case 'unknown-access-key':
      return gateway(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    case 'timestamp-outside-window':
      return gateway(400, 'InvalidTimeStamp.Expired', skewText(failure.skewMs));
    case 'nonce-reused':
      return gateway(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    case 'malformed-request':
      return gateway(400, 'IncompleteSignature', failure.reason);
    case 'unknown-action':
      return gateway(404, 'InvalidAction.NotFound', ACTION_TEXT);
    case 'missing-parameter':
      return missingParameter(failure.parameter);
    case 'invalid-parameter':
      return invalidParameter(failure);
    case 'rate-exceeded':
      return broker('RateLimit', `More than ${failure.limitPerSecond} a second.`);
    case 'broadcast-rate-exceeded':
      return broker('RateLimit', `More than ${failure.limitPerMinute} a minute.`);
    case 'unknown-product':
      return product('NotExistedProduct', `The product ${failure.productKey} does not exist.`);
    case 'unknown-device':
      return device('NotExistedDevice', `The device${nameOf(failure)} does not exist.`);
    case 'device-exists':
      return device('AlreadyExistedDeviceName', `The device${nameOf(failure)} exists already.`);
    case 'device-disabled':
      return device('InactiveDevice', `The device${nameOf(failure)} is disabled.`);
    case 'invalid-thing-model':
      return illegalRequest(`The thing model is refused: ${failure.reason}.`);
    case 'payload-too-large':
      return illegalRequest(`More than ${failure.limitBytes} bytes.`);
    case 'unknown-application':
      return device('DeviceApplyIsNotFound', `There is no application ${failure.applyId}.`);
    case 'application-refused':
      return device('IncorrentDeviceApplyInfo', `The application is refused: ${failure.reason}.`);
    case 'product-has-devices':
      return product('UpdateProductFailed', `The product still has devices: ${failure.devices}.`);
    case 'unknown-certificate':
      return device('NotExistedDevice', `There is no deviceId ${failure.deviceId}.`);
    case 'alink-refused':
    case 'tsl-violation':
      return illegalRequest(failure.message);
    case 'shadow-refused':
      return broker(failure.apiCode, failure.message);
    case 'desired-version-conflict':
      return device('SetDevicePropertyFailed', conflictText(failure));
    case 'device-offline':
      return broker('OFFLINE', `The device${nameOf(failure)} is offline.`);
    case 'device-silent':
      return broker(failure.isHalfOpen ? 'HALFCONN' : 'TIMEOUT', `No answer of${nameOf(failure)}.`);
    case 'downlink-failed':
      return broker('PublishMessageFailed', 'The message was not taken, see the log.');
    case 'topic-class-exists':
      return broker('TopicAlreadyFound', `There is a topic ${failure.topicShortName} already.`);
    case 'topic-class-limit':
      return broker('TopicTemplateCountExceedMax', `A product has at most ${failure.most} topics.`);
    case 'keepalive-refused':
    case 'transport-refused':
    case 'login-unsupported':
    case 'connect-rate-exceeded':
    case 'login-blocked':
    case 'auto-registration-off':
    case 'dynamic-client-limit':
    case 'connection-replaced':
    case 'subscription-limit':
    case 'token-absent':
    case 'token-malformed':
    case 'token-forged':
    case 'token-retired':
    case 'token-identity-gone':
    case 'topic-refused':
    case 'publish-failed':
    case 'dynamic-registration-off':
    case 'device-activated':
    case 'sign-method-unsupported':
    case 'signature-absent':
    case 'random-reused':
    case 'certificate-revoked':
    case 'certificate-limit':
    case 'address-rate-exceeded':
    case 'identity-source-refused':
    case 'identity-source-throttled':
      return iot('system.SystemException', 'The request failed, see the log.');
  }
}

const ACTION_TEXT = 'Specified api is not found, please check your url and method.';

/** Parameters whose absence the IoT product itself reports. */
const NULL_CODES = new Map([
  ['ProductKey', 'prod.NullProductKey'],
  ['ProductName', 'prod.NullProductName'],
  ['DeviceName', 'device.NullDeviceName'],
  ['DeviceName.N', 'device.NoneDeviceNameElement'],
  ['ApplyId', 'device.NullApplyId'],
  ['TopicFullName', 'messagebroker.NullTopicName'],
  ['TopicShortName', 'messagebroker.NullTopicName'],
  ['Operation', 'messagebroker.NullTopicTemplateOperation'],
  ['MessageContent', 'messagebroker.NullMessageContent'],
  ['ShadowMessage', 'messagebroker.NullShadowMessage'],
  ['RequestBase64Byte', 'messagebroker.NullMessageContent'],
  ['Props', 'device.NullDevicePropertiesString'],
  ['PropKey', 'device.NullDevicePropertyKey'],
]);

const INVALID_CODES = new Map([
  ['ProductKey', 'prod.InvalidFormattedProductkey'],
  ['ProductName', 'prod.InvalidFormattedProductName'],
  ['NodeType', 'prod.InvalidNodeType'],
  ['AliyunCommodityCode', 'prod.InvalidAliyunCommodityCode'],
  ['Description', 'prod.LongProductDesc'],
  ['DeviceName', 'device.InvalidFormattedDeviceName'],
  ['DeviceName.N', 'device.DeviceCountExceeded'],
  ['DeviceNameList.N', 'device.DeviceCountExceeded'],
  ['IotId.N', 'device.DeviceCountExceeded'],
  ['ApplyId', 'device.InvalidFormattedApplyId'],
  ['Count', 'device.ApplyManyDevicesFailed'],
  ['IotId', 'device.InvalidIoTId'],
  ['StartTime', 'device.InvalidTimeBucket'],
  ['EndTime', 'device.InvalidTimeBucket'],
  ['CurrentPage', 'common.InvalidPageParams'],
  ['PageSize', 'common.InvalidPageParams'],
  ['NextToken', 'common.InvalidPageParams'],
  ['TopicFullName', 'messagebroker.InvalidFormattedTopicName'],
  ['TopicShortName', 'messagebroker.InvalidFormattedTopicName'],
  ['Topic', 'messagebroker.InvalidFormattedTopicName'],
  ['Operation', 'messagebroker.InvalidTopicTemplateOperationValue'],
  ['MessageContent', 'messagebroker.MessageContentIsNotBase64Encode'],
  ['RequestBase64Byte', 'messagebroker.MessageContentIsNotBase64Encode'],
  ['Timeout', 'messagebroker.InvalidTimeoutValue'],
  ['Props', 'device.InvalidFormattedDevicePropertiesString'],
  ['Props.N', 'device.TooManyDevicePropertiesPerTime'],
  ['PropKey', 'device.InvalidFormattedDevicePropertyKey'],
]);

/** Public parameters, which the gateway checks before the IoT product sees the call. */
const GATEWAY_CODES = new Map([
  ['Version', 'InvalidVersion'],
  ['Timestamp', 'InvalidTimeStamp.Format'],
  ['SignatureNonce', 'InvalidSignatureNonce'],
]);

function missingParameter(parameter: string): ApiError {
  const message = `The parameter ${parameter} is mandatory for this action.`;
  const code = codeOf(parameter, NULL_CODES);
  return code ? iot(code, message) : gateway(400, 'MissingParameter', message);
}

function invalidParameter({ parameter, reason }: { parameter: string; reason: string }): ApiError {
  const message = `The parameter ${parameter} is not valid: ${reason}.`;
  const gatewayCode = GATEWAY_CODES.get(parameter);
  if (gatewayCode) return gateway(400, gatewayCode, message);
  return iot(codeOf(parameter, INVALID_CODES) ?? 'system.IllegalRequest', message);
}

/** `DeviceName.7` and `DeviceNameList.7.DeviceName` are each a DeviceName; `DeviceName.N` is the list. */
function codeOf(parameter: string, codes: ReadonlyMap<string, string>): string | undefined {
  const name = parameter.split('.').findLast((part) => !/^\d+$/.test(part)) ?? parameter;
  return codes.get(parameter) ?? codes.get(name);
}

const illegalRequest = (message: string): ApiError => iot('system.IllegalRequest', message);
const product = (code: string, message: string): ApiError => iot(`prod.${code}`, message);
const device = (code: string, message: string): ApiError => iot(`device.${code}`, message);
const broker = (code: string, message: string): ApiError => iot(`messagebroker.${code}`, message);

function iot(code: string, message: string): ApiError {
  return { status: 200, code: `iot.${code}`, message };
}

function gateway(status: number, code: string, message: string): ApiError {
  return { status, code, message };
}

/** Empty where a device was asked for by an iotId. */
function nameOf({ productKey, deviceName }: { productKey: string; deviceName: string }): string {
  return deviceName === '' ? '' : ` ${productKey}/${deviceName}`;
}

function conflictText({ identifier, version }: { identifier: string; version: number }): string {
  return `The desired value of ${identifier} has version ${version}.`;
}

function mismatchText(stringToSign: string): string {
  return `Specified signature is not matched with our calculation. server string to sign is:${stringToSign}`;
}

function skewText(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const direction = skewMs > 0 ? 'behind' : 'ahead of';
  return `Specified time stamp or date value is expired: it is ${seconds} s ${direction} the server.`;
}
