import fc, { type Arbitrary } from 'fast-check';
import type { Request } from '../../../shared/model/http.ts';
import { topicRequest } from '../../support/device-http.ts';
import { alteration } from './alter.ts';
import type { Attempt } from './attempt.ts';
import type { TokenDevice } from './fleet.ts';
import {
  change,
  editJson,
  envelopeMutations,
  JSON_BYTES,
  type Mutation,
  mutated,
} from './mutation.ts';
import type { Target } from './target.ts';

export const PROPERTY = { suffix: 'thing/event/property/post', params: { temperature: 21 } };
export const EVENT = { suffix: 'thing/event/Overheat/post', params: { level: 1 } };

/** Right posts with a good token, made wrong. */
export function mutatedPosts({ fleet }: Target): Arbitrary<Attempt> {
  const { weak, strong, badTokens } = fleet;
  const anywhere = [
    ...tokenMutations(badTokens),
    ...topicMutations(weak, strong),
    ...envelopeMutations(),
  ];
  const alink = [...anywhere, ...ALINK_MUTATIONS, ...JSON_BYTES];
  return fc.oneof(
    mutated(() => customPost(weak), anywhere),
    mutated(() => alinkPost(weak, PROPERTY), alink),
    mutated(() => alinkPost(weak, EVENT), alink),
    mutated(() => alinkPost(strong, PROPERTY), [...alink, VIOLATION]),
  );
}

type Post = { suffix: string; params: Record<string, unknown> };

export function alinkPost(device: TokenDevice, { suffix, params }: Post): Request {
  const { productKey, deviceName, token } = device;
  const method = suffix.replaceAll('/', '.');
  const body = { id: '1', version: '1.0', params, method };
  return topicRequest({ topic: `/sys/${productKey}/${deviceName}/${suffix}`, token, body });
}

export function customPost({ productKey, deviceName, token }: TokenDevice): Request {
  const topic = `/${productKey}/${deviceName}/user/update`;
  return topicRequest({ topic, token, body: Buffer.from([0, 1, 2, 255]) });
}

function tokenMutations(badTokens: Readonly<Record<string, string>>) {
  const password = (name: string, edit: (token: string) => string | undefined) =>
    change('token', name, (request) => {
      const token = edit(request.headers['password'] ?? '');
      return { ...request, headers: { ...request.headers, password: token } };
    });
  const bad = fc.constantFrom(...Object.entries(badTokens));
  return [
    fc.constantFrom(undefined, '').map((token) => password('no token', () => token)),
    alteration(TOKEN_CHARACTER).map((alter) => password('altered token', alter)),
    fc.nat().map((at) => password('cut token', (token) => token.slice(0, at % token.length))),
    bad.map(([name, token]) => password(`token ${name}`, () => token)),
  ];
}

const TOKEN_CHARACTER = fc.oneof(
  fc.base64String({ minLength: 4, maxLength: 4 }).map((text) => text.charAt(0)),
  fc.constantFrom('-', '_', '=', ' ', '\0', '.', '水'),
);

/**
 * Names that a device of this product may not publish to. Another level behind `/user/` or another
 * event is not among them: the first is one more topic that it owns, and the second is taken as
 * weak validation takes everything.
 */
function topicMutations(weak: TokenDevice, strong: TokenDevice): readonly Arbitrary<Mutation>[] {
  const { productKey, deviceName } = weak;
  const own = `${productKey}/${deviceName}`;
  const forbidden = [
    ...['', '/', '//', '/sys', '/sys/', `/sys/${own}`, `/sys/${own}/`, `/${own}`, `/${own}/`],
    ...[`/${own}/a/b/c/d/e/f`, `/${own}/user//x`, `/${own}/user/+`, `/${own}/#`, `/${own}/us\0er`],
    ...[`/${own}/${'x'.repeat(128)}`, `/${own}/${'水'.repeat(43)}`],
    ...[`/sys/${own}/thing/service/property/set`, `/sys/${own}/thing/event/property/post_reply`],
    ...[
      `/sys/${own}/thing/nothing`,
      `/sys/${own}/thing/event/a/b/post`,
      `/sys/${own}/rrpc/request/1`,
    ],
    ...[`/shadow/get/${own}`, `/ota/device/upgrade/${own}`, `/ext/ntp/${own}/response`],
    ...[`/broadcast/${productKey}/news`, `/as/mqtt/status/${own}`, `/ext/error/${own}`],
    ...[
      `/${productKey}/never_on/user/update`,
      `/sys/${productKey}/never_on/thing/deviceinfo/update`,
    ],
    ...[`/${strong.productKey}x/${deviceName}/user/update`, '/__proto__/constructor/x'],
  ];
  return [
    fc.constantFrom(...forbidden).map((topic) => topicChange(`topic ${topic}`, () => topic)),
    fc
      .tuple(
        fc.constantFrom(productKey, deviceName, strong.productKey),
        alteration(TOPIC_CHARACTER),
      )
      .map(([level, alter]) =>
        topicChange(`altered ${level}`, (topic) =>
          topic.includes(level) ? topic.replace(level, () => alter(level)) : `/x${topic}`,
        ),
      ),
  ];
}

const TOPIC_CHARACTER = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom('/', '+', '#', '\0', '\uD800'),
);

function topicChange(name: string, edit: (topic: string) => string): Mutation {
  const prefix = '/topic';
  return change('topic', name, (request) => {
    const topic = request.path.slice(prefix.length);
    return { ...request, path: `${prefix}${edit(topic)}` };
  });
}

/** What no Alink request is (protocol.md 4.1), whatever its topic. */
const ALINK_MUTATIONS: readonly Arbitrary<Mutation>[] = [
  fc
    .constantFrom<unknown>(undefined, null, 1, 'temperature', true)
    .map((params) => jsonChange(`params ${params}`, (json) => ({ ...json, params }))),
  fc
    .constantFrom<unknown>(true, {}, [], ['1'])
    .map((id) => jsonChange('id of a wrong type', (json) => ({ ...json, id }))),
  fc
    .integer({ min: 33, max: 2000 })
    .map((depth) => jsonChange('too deep', (json) => ({ ...json, params: { a: nested(depth) } }))),
];

/** What strong validation refuses of the thing model in test/support/test-device.ts. */
const VIOLATION = fc
  .constantFrom<Record<string, unknown>>(
    ...[125.5, -41, 'hot', '', null, [], {}, 1e300, true].map((temperature) => ({ temperature })),
    ...[2, -1, 'on', true, 0.5].map((LightSwitch) => ({ LightSwitch, temperature: 20 })),
  )
  .map((params) => jsonChange('a violation', (json) => ({ ...json, params })));

function jsonChange(
  name: string,
  edit: (json: Record<string, unknown>) => Record<string, unknown>,
): Mutation {
  return change('fields', name, (request) => editJson(request, edit));
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}
