import fc, { type Arbitrary } from 'fast-check';
import { authRequest, type Form, signForm, signInForm } from '../../support/device-http.ts';
import { type Alter, alteration } from './alter.ts';
import type { Attempt } from './attempt.ts';
import {
  change,
  editJson,
  envelopeMutations,
  JSON_BYTES,
  type Mutation,
  mutated,
} from './mutation.ts';
import type { Target } from './target.ts';

/** Right sign-ins of the forms that clients send (protocol.md 1.2), made wrong. */
export function mutatedSignIns(target: Target): Arbitrary<Attempt> {
  const forms = fc.record(
    {
      signmethod: fc.constantFrom('hmacmd5', 'hmacsha1', 'hmacsha256'),
      timestamp: fc.constantFrom<'text' | 'number'>('text', 'number'),
      version: fc.constant('default'),
    },
    { requiredKeys: ['signmethod'] },
  );
  const mutations = [
    ...FIELD_MUTATIONS,
    ...SIGN_MUTATIONS,
    BAD_TIMESTAMP,
    staleTimestamp(target),
    barredDevice(target),
    ...envelopeMutations(),
    ...JSON_BYTES,
  ];
  const valid = (form: { timestamp?: 'text' | 'number' } & Form) => () => validSignIn(target, form);
  return forms.chain((form) => mutated(valid(form), mutations));
}

export function validSignIn({ fleet, parts }: Target, { timestamp, ...form }: Form) {
  const nowMs = parts.nowMs();
  const sent = timestamp === 'text' ? String(nowMs) : nowMs;
  const more = timestamp === undefined ? {} : { timestamp: sent };
  return authRequest(signInForm(fleet.weak, { ...form, ...more }));
}

const SIGNED = ['productKey', 'deviceName', 'clientId'] as const;
const REQUIRED = [...SIGNED, 'sign'] as const;
const CHARACTER = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });

/** The case of a digit does not matter, so `alteration` leaves case alone. */
const HEX_DIGIT = fc.constantFrom(...'0123456789abcdefABCDEF xz\0０');

/**
 * Not `version`, which is not signed. A `timestamp` more is not among the added fields: a sign
 * without it is accepted from clients that forget to sign it (protocol.md 3.4).
 */
const FIELD_MUTATIONS: readonly Arbitrary<Mutation>[] = [
  fc.constantFrom(...REQUIRED).map((name) =>
    fields(`no ${name}`, (form) => {
      const { [name]: _, ...rest } = form;
      return rest;
    }),
  ),
  fc
    .tuple(fc.constantFrom(...SIGNED), alteration(CHARACTER))
    .map(([name, alter]) => fields(`altered ${name}`, (form) => altered(form, name, alter))),
  fc
    .tuple(
      fc.constantFrom(...SIGNED),
      fc.constantFrom('\0', '/', 'x', '水'),
      fc.integer({ min: 1, max: 800 }),
    )
    .map(([name, char, times]) =>
      fields(`longer ${name}`, (form) => ({ ...form, [name]: form[name] + char.repeat(times) })),
    ),
  fc
    .tuple(
      fc.constantFrom(...REQUIRED, 'version'),
      fc.constantFrom<unknown>(null, true, [], {}, ['x'], { sign: '' }),
    )
    .map(([name, value]) =>
      fields(`${name} of a wrong type`, (form) => ({ ...form, [name]: value })),
    ),
  fc
    .tuple(
      fc.constantFrom(...REQUIRED),
      fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(1e300, -0)),
    )
    .map(([name, value]) => fields(`${name} a number`, (form) => ({ ...form, [name]: value }))),
  fc
    .tuple(fc.constantFrom('a', 'regionId', 'constructor', '水', ''), CHARACTER)
    .map(([name, value]) => fields('a field more', (form) => ({ ...form, [name]: value }))),
];

/** Whichever it is, the sign was made with the method that the form names. */
const SIGN_MUTATIONS: readonly Arbitrary<Mutation>[] = [
  alteration(HEX_DIGIT).map((alter) =>
    signChange('altered sign', (form) => altered(form, 'sign', alter)),
  ),
  fc
    .constantFrom<unknown>('hmac', 'HMAC-SHA1', '', '__proto__', null, {})
    .map((signmethod) => signChange(`method ${signmethod}`, (form) => ({ ...form, signmethod }))),
  fc.constant(
    signChange('sign of another method', (form) => ({
      ...form,
      signmethod: form['signmethod'] === 'hmacsha1' ? 'hmacsha256' : 'hmacsha1',
    })),
  ),
];

const BAD_TIMESTAMP = fc
  .constantFrom<unknown>(
    '',
    'now',
    '-1',
    '1e3',
    '0x10',
    ' 1',
    '9'.repeat(20),
    -1,
    1.5,
    1e21,
    null,
    [],
  )
  .map((timestamp) =>
    change('time', 'no timestamp', (request) =>
      editJson(request, (form) => ({ ...form, timestamp })),
    ),
  );

/** Signed as it is, and at least a second outside of the window: the clock moves on meanwhile. */
function staleTimestamp({ fleet, parts }: Target): Arbitrary<Mutation> {
  const skewMs = fc.tuple(fc.constantFrom(-1, 1), fc.integer({ min: 901_000, max: 1e11 }));
  return skewMs.map(([direction, distanceMs]) =>
    change('time', 'stale timestamp', (request) =>
      editJson(request, ({ sign: _, ...form }) =>
        signForm(
          { ...(form as Form), timestamp: Math.max(0, parts.nowMs() + direction * distanceMs) },
          fleet.weak.deviceSecret,
        ),
      ),
    ),
  );
}

/** The right sign of a device that may not sign in. */
function barredDevice({ fleet }: Target): Arbitrary<Mutation> {
  return fc
    .constantFrom(...fleet.barred)
    .map((device) =>
      change('device', `as ${device.deviceName}`, (request) =>
        editJson(request, () => signInForm(device)),
      ),
    );
}

function altered(form: Record<string, unknown>, name: string, alter: Alter) {
  return { ...form, [name]: alter(String(form[name])) };
}

type Edit = (form: Record<string, unknown>) => Record<string, unknown>;

function fields(name: string, edit: Edit): Mutation {
  return change('fields', name, (request) => editJson(request, edit));
}

function signChange(name: string, edit: Edit): Mutation {
  return change('sign', name, (request) => editJson(request, edit));
}
