import type { Failure } from '../../shared/model/failure.ts';
import { type ApiError, gateway, iot } from './api-error.ts';
import { invalidParameter, missingParameter } from './parameter-errors.ts';

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
    case 'parameter-type':
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
    case 'gateway-absent':
      return device('QueryTopoRelationFailed', `The device${nameOf(failure)} has no gateway.`);
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
    case 'unknown-consumer-group':
      return group('NotExistedConsumerGroup', `There is no consumer group ${failure.groupId}.`);
    case 'default-consumer-group':
      return group('DefaultConsumerGroup', 'The default consumer group stays as it is.');
    case 'consumer-group-limit':
      return group('ConsumerGroupCountExceedMax', `At most ${failure.most} consumer groups.`);
    case 'last-consumer-group':
      return subscription('LastConsumerGroup', LAST_GROUP_TEXT);
    case 'subscription-exists':
      return subscription('AlreadyExistedSubscribeRelation', existsText(failure));
    case 'unknown-subscription':
      return subscription('NotExistedSubscribeRelation', noSubscriptionText(failure));
    case 'keepalive-refused':
    case 'transport-refused':
    case 'login-unsupported':
    case 'connect-rate-exceeded':
    case 'login-blocked':
    case 'auto-registration-off':
    case 'dynamic-client-limit':
    case 'connection-replaced':
    case 'subscription-limit':
    case 'consumer-limit':
    case 'idle-time-out-refused':
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

const LAST_GROUP_TEXT =
  'It is the only consumer group of this subscription: change or delete the subscription.';

const ACTION_TEXT = 'Specified api is not found, please check your url and method.';

const illegalRequest = (message: string): ApiError => iot('system.IllegalRequest', message);
const product = (code: string, message: string): ApiError => iot(`prod.${code}`, message);
const device = (code: string, message: string): ApiError => iot(`device.${code}`, message);
const broker = (code: string, message: string): ApiError => iot(`messagebroker.${code}`, message);
// These two families are named by Mooring: no source has them (protocol.md 7.5).
const group = (code: string, message: string): ApiError => iot(`consumergroup.${code}`, message);
const subscription = (code: string, message: string): ApiError =>
  iot(`messagesub.${code}`, message);

/** Empty where a device was asked for by an iotId. */
function nameOf({ productKey, deviceName }: { productKey: string; deviceName: string }): string {
  return deviceName === '' ? '' : ` ${productKey}/${deviceName}`;
}

function conflictText({ identifier, version }: { identifier: string; version: number }): string {
  return `The desired value of ${identifier} has version ${version}.`;
}

function existsText({ productKey }: { productKey: string }): string {
  return `The product ${productKey} has a subscription already.`;
}

function noSubscriptionText({ productKey, groupId }: { productKey: string; groupId?: string }) {
  return groupId === undefined
    ? `The product ${productKey} has no subscription.`
    : `The consumer group ${groupId} is not in the subscription of ${productKey}.`;
}

function mismatchText(stringToSign: string): string {
  return `Specified signature is not matched with our calculation. server string to sign is:${stringToSign}`;
}

function skewText(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const direction = skewMs > 0 ? 'behind' : 'ahead of';
  return `Specified time stamp or date value is expired: it is ${seconds} s ${direction} the server.`;
}
