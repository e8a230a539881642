import type { Failure } from '../../shared/model/failure.ts';
import { type ApiError, gateway, iot } from './api-error.ts';

/** Parameters whose absence the IoT product itself reports. */
const NULL_CODES = new Map([
  ['ProductKey', 'prod.NullProductKey'],
  ['ProductName', 'prod.NullProductName'],
  ['DeviceName', 'device.NullDeviceName'],
  ['DeviceName.N', 'device.NoneDeviceNameElement'],
  ['GwProductKey', 'prod.NullProductKey'],
  ['GwDeviceName', 'device.NullDeviceName'],
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
  ['PageNo', 'common.InvalidPageParams'],
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

export function missingParameter(parameter: string): ApiError {
  const message = `The parameter ${parameter} is mandatory for this action.`;
  const code = codeOf(parameter, NULL_CODES);
  return code ? iot(code, message) : gateway(400, 'MissingParameter', message);
}

/** One of another type goes no further than the gateway; what else is wrong the IoT product finds. */
export function invalidParameter({ kind, parameter, reason }: Invalid): ApiError {
  const message = `The parameter ${parameter} is not valid: ${reason}.`;
  const gatewayCode = GATEWAY_CODES.get(parameter);
  if (gatewayCode) return gateway(400, gatewayCode, message);
  const code = codeOf(parameter, INVALID_CODES);
  if (code) return iot(code, message);
  return kind === 'parameter-type'
    ? gateway(400, 'InvalidParameter', message)
    : iot('system.IllegalRequest', message);
}

type Invalid = Extract<Failure, { kind: 'invalid-parameter' | 'parameter-type' }>;

/** `DeviceName.7` and `DeviceNameList.7.DeviceName` are each a DeviceName; `DeviceName.N` is the list. */
function codeOf(parameter: string, codes: ReadonlyMap<string, string>): string | undefined {
  const name = parameter.split('.').findLast((part) => !/^\d+$/.test(part)) ?? parameter;
  return codes.get(parameter) ?? codes.get(name);
}
