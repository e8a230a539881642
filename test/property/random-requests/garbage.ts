import fc, { type Arbitrary } from 'fast-check';
import { BODY_LIMIT_BYTES } from '../../../shared/core/device-http/device-request.ts';
import type { Request } from '../../../shared/model/http.ts';
import { type Attempt, attempt } from './attempt.ts';
import type { Target } from './target.ts';

/** Requests in which nothing was meant: bytes, texts and JSON of all sorts where a client puts something else. */
export function garbage(target: Target): Arbitrary<Attempt> {
  const { weak } = target.fleet;
  const own = `/topic/sys/${weak.productKey}/${weak.deviceName}/thing/event/property/post`;
  const path = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('/auth', '/', own, '/topic/') },
    { weight: 1, arbitrary: fc.constantFrom('/auth/devicename', '/mqtt/auth', '/mqtt/acl') },
    { weight: 2, arbitrary: TEXT.map((text) => `/topic/${text}`) },
    { weight: 1, arbitrary: fc.oneof(TEXT, fc.webPath()).filter((text) => !SERVED.has(text)) },
  );
  return fc
    .record({
      method: fc.oneof(fc.constantFrom('POST', 'POST', 'GET', 'PUT', 'HEAD', ''), TEXT),
      path,
      query: fc.oneof(fc.constant(''), fc.constant(''), TEXT, fc.webQueryParameters()),
      headers: headersOf(weak.token),
      body: bodyOf(weak),
      sourceIp: fc.ipV6(),
      requestId: TEXT,
    })
    .map((request) => attempt(request, 'garbage'));
}

/** The only paths that answer anyone. */
const SERVED: ReadonlySet<string> = new Set(['/healthz', '/metrics']);

/** Any UTF-16, lone surrogates included, with a liking for what trips parsers. */
const TEXT: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '\0', '\uD800', '__proto__', 'constructor', '%', '%00', '%C0%AF', '../..'),
  fc.constantFrom('x'.repeat(600), '水'.repeat(300), '/'.repeat(200), '+/#', '1e999', 'NaN'),
);

/** What stands in a JSON text where a string was expected. */
const JSON_TEXT: Arbitrary<string> = fc.oneof(
  fc.json({ stringUnit: 'binary' }),
  TEXT.map((text) => JSON.stringify(text)),
  fc.constantFrom('null', '1e999', '-0', '9'.repeat(400), '{"__proto__":{"code":0}}', '"\\ud800"'),
  fc.nat({ max: 20_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
);

function headersOf(token: string): Arbitrary<Request['headers']> {
  const known = {
    'content-type': fc.oneof(
      fc.constantFrom('application/json', 'application/octet-stream'),
      fc.constantFrom('application/x-www-form-urlencoded', 'text/plain', ';', ''),
      TEXT,
    ),
    password: fc.oneof(fc.constant(token), TEXT, fc.base64String({ maxLength: 250 })),
    authorization: fc.oneof(
      TEXT,
      TEXT.map((text) => `ACS3-HMAC-SHA256 ${text}`),
      fc.constant(ACS3),
    ),
    'x-acs-action': TEXT,
    'x-acs-date': TEXT,
    'x-acs-signature-nonce': TEXT,
    host: TEXT,
  };
  return fc.record(known, { requiredKeys: ['content-type'] });
}

const ACS3 = 'ACS3-HMAC-SHA256 Credential=x,SignedHeaders=host,Signature=00';

/**
 * None of these is an Alink request, whose `params` no generator here writes, nor carries the right
 * sign of a form. A custom topic would take any of them, but its name is not among the paths.
 */
function bodyOf({ productKey, deviceName }: { productKey: string; deviceName: string }) {
  const form = fc
    .record(
      {
        productKey: fc.oneof(fc.constant(JSON.stringify(productKey)), JSON_TEXT),
        deviceName: fc.oneof(fc.constant(JSON.stringify(deviceName)), JSON_TEXT),
        clientId: JSON_TEXT,
        sign: fc.oneof(JSON_TEXT, fc.constant(`"${'0'.repeat(40)}"`)),
        signmethod: JSON_TEXT,
        timestamp: JSON_TEXT,
        ['__proto__']: JSON_TEXT,
        id: JSON_TEXT,
      },
      { requiredKeys: [] },
    )
    .map((fields) => Object.entries(fields).map(([name, json]) => `"${name}":${json}`))
    .map((members) => `{${members.join(',')}}`);
  return fc.oneof(
    { weight: 20, arbitrary: form.map((text) => Buffer.from(text)) },
    { weight: 10, arbitrary: JSON_TEXT.map((text) => Buffer.from(text)) },
    { weight: 10, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constantFrom(Buffer.alloc(BODY_LIMIT_BYTES + 1, '{'), TOO_DEEP) },
  );
}

const TOO_DEEP = Buffer.from(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`);
