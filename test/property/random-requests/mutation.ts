import fc, { type Arbitrary } from 'fast-check';
import { BODY_LIMIT_BYTES } from '../../../shared/core/device-http/device-request.ts';
import type { Request } from '../../../shared/model/http.ts';
import { type Attempt, attempt } from './attempt.ts';

/** Makes a valid request invalid, by itself and together with mutations of other parts. */
export type Mutation = { part: Part; name: string; apply(request: Request): Request };

/** In the order in which mutations apply: what signs comes before what spoils a signature, bytes come last. */
const PARTS = ['device', 'fields', 'time', 'sign', 'token', 'topic', 'envelope', 'bytes'] as const;

export type Part = (typeof PARTS)[number];

/** A valid request with one to three mutations, each of another part: two of one part might cancel out. */
export function mutated(
  valid: () => Request,
  mutations: readonly Arbitrary<Mutation>[],
): Arbitrary<Attempt> {
  const few = { minLength: 1, maxLength: 3, selector: ({ part }: Mutation) => part };
  return fc.uniqueArray(fc.oneof(...mutations), few).map((chosen) => {
    const ordered = chosen.toSorted((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
    const request = ordered.reduce((made, { apply }) => apply(made), valid());
    return attempt(request, ordered.map(({ name }) => name).join(', '));
  });
}

export function editJson(
  request: Request,
  edit: (json: Record<string, unknown>) => Record<string, unknown>,
): Request {
  const json = JSON.parse(request.body.toString('utf8'));
  return { ...request, body: Buffer.from(JSON.stringify(edit(json))) };
}

/** Of any request on a device path, whatever it carries. */
export function envelopeMutations(): readonly Arbitrary<Mutation>[] {
  return [METHOD, QUERY, CONTENT_TYPE, fc.constant(tooLong())];
}

const METHOD = fc
  .constantFrom('GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'post', '', 'POST ')
  .map((method) => change('envelope', `method ${method}`, (request) => ({ ...request, method })));

const QUERY = fc
  .constantFrom('_sn=default', 'a', '=', '%', 'Action=QueryDevice', '?')
  .map((query) => change('envelope', `query ${query}`, (request) => ({ ...request, query })));

/** A parameter behind the type, or another case of it, would leave it right. */
const CONTENT_TYPE = fc
  .constantFrom(undefined, '', 'text/plain', 'application/x-www-form-urlencoded', '*/*', 'json')
  .map((type) =>
    change('envelope', `content type ${type}`, (request) => ({
      ...request,
      headers: { ...request.headers, 'content-type': type },
    })),
  );

/** White space leaves JSON as it was, so that the length alone is at fault. */
function tooLong(): Mutation {
  return change('bytes', 'too long', (request) => ({
    ...request,
    body: Buffer.concat([
      request.body,
      Buffer.alloc(BODY_LIMIT_BYTES + 1 - request.body.length, ' '),
    ]),
  }));
}

/** Of a body that is one JSON object: no part of it from the start is one. */
export const JSON_BYTES: readonly Arbitrary<Mutation>[] = [
  fc.nat().map((at) => bytesChange('cut', (body) => body.subarray(0, at % body.length))),
  fc.nat().map((at) =>
    bytesChange('not UTF-8', (body) => {
      const copy = Buffer.from(body);
      copy[at % body.length] = 0xff;
      return copy;
    }),
  ),
  fc.constant(bytesChange('an array', (body) => Buffer.from(`[${body}]`))),
  fc.constant(bytesChange('a tail', (body) => Buffer.from(`${body}}`))),
  fc.constant(bytesChange('a byte order mark', (body) => Buffer.from(`\uFEFF${body}`))),
  fc.constant(bytesChange('empty', () => Buffer.alloc(0))),
];

function bytesChange(name: string, edit: (body: Buffer) => Buffer): Mutation {
  return change('bytes', name, (request) => ({ ...request, body: edit(request.body) }));
}

export function change(part: Part, name: string, apply: Mutation['apply']): Mutation {
  return { part, name, apply };
}
