import type { Topic } from './parse-topic.ts';

/** What a device may publish under `/sys/${productKey}/${deviceName}/` (protocol.md 4.2). */
const UPLINK_SUFFIXES: ReadonlySet<string> = new Set([
  'thing/event/property/post',
  'thing/event/property/pack/post',
  'thing/event/property/batch/post',
  'thing/event/property/history/post',
  'thing/model/up_raw',
  'thing/property/desired/get',
  'thing/property/desired/delete',
  'thing/deviceinfo/update',
  'thing/deviceinfo/delete',
  'thing/deviceinfo/get',
  'thing/config/get',
  'thing/config/log/get',
  'thing/log/post',
  'thing/status/update',
  'thing/dsltemplate/get',
  'thing/dynamicTsl/get',
  'thing/ota/firmware/get',
  'thing/file/download',
  'thing/job/get',
  'thing/job/update',
  'thing/sub/register',
  'thing/topo/add',
  'thing/topo/delete',
  'thing/topo/get',
  'thing/list/found',
  'thing/lan/prefix/get',
  'thing/awss/enrollee/match',
  'thing/cipher/get',
  '_thing/service/post',
  'dev/core/service/dev',
]);

/** Downlinks that a device answers under the same name and `_reply`; services are open-ended. */
const ANSWERED_SUFFIXES: ReadonlySet<string> = new Set([
  'thing/service/property/set',
  'thing/service/property/get',
  'thing/model/down_raw',
  'thing/config/push',
  'thing/config/log/push',
  'thing/job/notify',
  'thing/topo/add/notify',
  'thing/topo/change',
  'thing/gateway/permit',
  'thing/disable',
  'thing/enable',
  'thing/delete',
]);

const EVENT_PREFIX = 'thing/event/';
const EVENT_POSTFIX = '/post';
const SERVICE_PREFIX = 'thing/service/';
const RRPC_RESPONSE_PREFIX = 'rrpc/response/';
const REPLY_POSTFIX = '_reply';

const OTA_UPLINKS: ReadonlySet<string> = new Set(['inform', 'progress', 'request']);

/** Of a gateway for its sub-devices (protocol.md 4.13). */
const SESSION_UPLINKS: ReadonlySet<string> = new Set([
  'combine/login',
  'combine/batch_login',
  'combine/logout',
  'combine/batch_logout',
]);

/** The families in which some topics lead up and others down. */
export type TwoWayTopic = Extract<Topic, { family: 'sys' | 'ota' | 'shadow' | 'session' | 'ntp' }>;

/** Whether devices publish to it, as opposed to the cloud. */
export function isUplink(topic: TwoWayTopic): boolean {
  switch (topic.family) {
    case 'sys':
      return isUplinkSuffix(topic.suffix);
    case 'ota':
      return OTA_UPLINKS.has(topic.action);
    case 'shadow':
      return topic.action === 'update';
    case 'session':
      return SESSION_UPLINKS.has(topic.suffix);
    case 'ntp':
      return topic.suffix === 'request';
  }
}

function isUplinkSuffix(suffix: string): boolean {
  return (
    UPLINK_SUFFIXES.has(suffix) ||
    eventOfSuffix(suffix) !== undefined ||
    isReplyToDownlink(suffix) ||
    isRrpcResponse(suffix)
  );
}

/**
 * The event that is posted under `thing/event/${identifier}/post`, with its module's prefix
 * (`ns:identifier`); undefined if the suffix posts none. Properties are no event.
 */
export function eventOfSuffix(suffix: string): string | undefined {
  const identifier = singleLevelBetween(suffix, EVENT_PREFIX, EVENT_POSTFIX);
  return identifier === 'property' ? undefined : identifier;
}

/** `rrpc/response/${messageId}` (protocol.md 3.11). */
export const isRrpcResponse = (suffix: string): boolean =>
  singleLevelBetween(suffix, RRPC_RESPONSE_PREFIX, '') !== undefined;

/** What a device says to a request of the cloud. */
export const isReplyToDownlink = (suffix: string): boolean =>
  suffix.endsWith(REPLY_POSTFIX) &&
  (ANSWERED_SUFFIXES.has(suffix.slice(0, -REPLY_POSTFIX.length)) ||
    singleLevelBetween(suffix, SERVICE_PREFIX, REPLY_POSTFIX) !== undefined);

function singleLevelBetween(suffix: string, prefix: string, postfix: string) {
  if (!suffix.startsWith(prefix) || !suffix.endsWith(postfix)) return undefined;
  const level = suffix.slice(prefix.length, suffix.length - postfix.length);
  return level === '' || level.includes('/') ? undefined : level;
}

/**
 * Whether what comes on a topic may read and write a record, as requests for tags and desired values do and
 * reports of firmware: they are to be taken one after another. Looks at the text alone, before anything is parsed.
 */
export function mayUseRecord(topic: string): boolean {
  if (topic.startsWith('/ota/')) return true;
  return topic.startsWith('/sys/') && topic.includes('/thing/') && !topic.includes('/thing/event/');
}
