import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, type AlinkCode, refuseAlink } from '../alink/alink-codes.ts';
import { isJsonObject } from '../alink/json-object.ts';
import { parseAlinkRequest } from '../alink/parse-alink-request.ts';
import { deleteDesired, getDesired } from '../desired/desired-requests.ts';
import { findLogMode, logConfig } from '../remote-config/log-config.ts';
import { configNotice, findRemoteConfig } from '../remote-config/remote-config.ts';
import { DEFAULT_MODULE, findThingModel } from '../thing-models/thing-models.ts';
import { completeThingModel } from '../tsl/complete-thing-model.ts';
import { addTopology } from './add-topology.ts';
import { refused, successReplies } from './device-replies.ts';
import { asSent, publishContent } from './publish-content.ts';
import { getTags, removeTags, updateTags } from './tag-takers.ts';
import { deleteTopology, getTopology, tellFound } from './topology-takers.ts';
import type { Answer, Judged, Taken, Taker, UplinkParts } from './uplink.ts';

type Answering = (params: unknown, judged: Judged, parts: UplinkParts) => Promise<Result<Answer>>;

/** Nothing goes to the bus that the platform does not route; the messageId is then nobody else's. */
async function takeRequest(answer: Answering, judged: Judged, parts: UplinkParts): Promise<Taken> {
  const alink = parseAlinkRequest(judged.uplink.body, NO_PARAMS);
  if (!alink.ok) return refused(alink, judged);
  const answered = await answer(alink.value.params, judged, parts);
  if (!answered.ok) return refused(answered, judged);
  const { data, content, whenPublished } = answered.value;
  const outcome = content
    ? await publishContent(content, judged, parts)
    : ok(await parts.newMessageId());
  if (!outcome.ok) return refused(outcome, judged);
  await whenPublished?.();
  return { outcome, replies: successReplies(judged, alink.value, data) };
}

/** Some clients leave them out where there is nothing to say. */
const NO_PARAMS = {};

const getDesiredProperties: Answering = async (params, { uplink }, { store }) => {
  const desired = await getDesired(params, { iotId: uplink.device.iotId, store });
  return desired.ok ? ok({ data: desired.value }) : desired;
};

const deleteDesiredProperties: Answering = async (params, { uplink }, { store }) => {
  const deleted = await deleteDesired(params, { iotId: uplink.device.iotId, store });
  return deleted.ok ? ok({ data: {} }) : deleted;
};

/** Protocol.md 4.10. Refuses with `alink-refused`: 6713 anything but a file, 6710 where nothing has been set. */
const getConfig: Answering = async (params, { uplink }, { store, publicUrl }) => {
  const { getType = 'file' } = isJsonObject(params) ? params : {};
  if (getType !== 'file' || publicUrl === undefined) return CONFIG_UNAVAILABLE;
  const config = await findRemoteConfig(uplink.device.productKey, store);
  return config ? ok({ data: configNotice(config, publicUrl) }) : NO_CONFIG;
};

const CONFIG_UNAVAILABLE = refuseAlink(ALINK_CODES.configUnavailable);
const NO_CONFIG = refuseAlink(ALINK_CODES.noData);

const getLogConfig: Answering = async (_, { uplink }, { store }) =>
  ok({ data: logConfig(await findLogMode(uplink.device.iotId, store)) });

/** The whole document, as the management API gives it. Refuses with `alink-refused` 5159 where there is none. */
const getThingModel: Answering = async (_, { uplink }, { store }) => {
  const model = await findThingModel(uplink.device.productKey, DEFAULT_MODULE, store);
  return model ? ok({ data: completeThingModel(model) }) : NO_THING_MODEL;
};

const NO_THING_MODEL = refuseAlink(ALINK_CODES.thingModelAbsent);

/** For whoever listens on the bus. */
const passOn: Answering = async (_, { uplink }) => ok({ data: {}, content: asSent(uplink) });

const nothing =
  (data: unknown): Answering =>
  async () =>
    ok({ data });

const refusing = (code: AlinkCode): Answering => {
  const refusal = refuseAlink(code);
  return async () => refusal;
};

const notServed = refusing(ALINK_CODES.methodNotExist);
/** Sub-devices do not speak through their gateways yet: none of them is registered or signed in. */
const noSubDevices = refusing(ALINK_CODES.topoNotExist);

const ANSWERINGS: Readonly<Record<string, Answering>> = {
  'thing/property/desired/get': getDesiredProperties,
  'thing/property/desired/delete': deleteDesiredProperties,
  'thing/deviceinfo/update': updateTags,
  'thing/deviceinfo/delete': removeTags,
  'thing/deviceinfo/get': getTags,
  'thing/config/get': getConfig,
  'thing/config/log/get': getLogConfig,
  'thing/log/post': passOn,
  'thing/status/update': passOn,
  'thing/dsltemplate/get': getThingModel,
  'thing/dynamicTsl/get': getThingModel,
  'thing/ota/firmware/get': nothing({}),
  'thing/topo/get': getTopology,
  'thing/topo/add': addTopology,
  'thing/topo/delete': deleteTopology,
  'thing/sub/register': noSubDevices,
  'thing/list/found': tellFound,
  'thing/file/download': notServed,
  'thing/job/get': notServed,
  'thing/job/update': notServed,
  'thing/lan/prefix/get': notServed,
  'thing/awss/enrollee/match': notServed,
  'thing/cipher/get': notServed,
  '_thing/service/post': notServed,
  'dev/core/service/dev': notServed,
};

const takerOf =
  (answering: Answering): Taker =>
  (judged, parts) =>
    takeRequest(answering, judged, parts);

export const REQUEST_TAKERS: ReadonlyMap<string, Taker> = new Map(
  Object.entries(ANSWERINGS).map(([suffix, answering]) => [suffix, takerOf(answering)]),
);

/** Sign-ins and sign-outs of sub-devices (protocol.md 4.13). */
export const takeGatewayRequest: Taker = takerOf(noSubDevices);
