import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkThingModel } from '../../shared/core/tsl/check-thing-model.ts';
import { compileThingModel } from '../../shared/core/tsl/compile-thing-model.ts';
import type { ThingModel } from '../../shared/model/tsl.ts';
import { longRun } from '../support/long.ts';
import { postTo, thingModel } from '../support/tsl-arbitraries.ts';
import { propertySchema } from '../support/tsl-json-schema.ts';

const NOW_MS = 1_700_000_000_000;
const POSTS_PER_MODEL = 100;
const MODELS = longRun ? 1000 : 100;

test(`the verdict on each property of ${MODELS * POSTS_PER_MODEL} posts is that of ajv`, {
  timeout: 600_000,
}, () => {
  let good = 0;
  let bad = 0;
  fc.assert(
    fc.property(modelAndPosts, ([model, posts]) => {
      const compiled = compileThingModel([model]);
      const verdictOf = verdictsOfAjv(model);
      for (const entries of posts) {
        const checked = compiled.checkProperties(Object.fromEntries(entries), NOW_MS);
        if (!checked.ok) throw new Error(`refused: ${JSON.stringify(checked.failure)}`);
        for (const [identifier, sent] of entries) {
          const passes = Object.hasOwn(checked.value.items, identifier);
          expect([identifier, sent, passes]).toEqual([
            identifier,
            sent,
            verdictOf(identifier, sent),
          ]);
          expect(Object.hasOwn(checked.value.failed, identifier)).toBe(!passes);
          if (passes) good += 1;
          else bad += 1;
        }
      }
    }),
    { numRuns: MODELS },
  );
  const share = good / (good + bad);
  expect(share, 'good and bad values are both common').toBeGreaterThan(0.2);
  expect(share, 'good and bad values are both common').toBeLessThan(0.8);
});

test('every random model passes the document check and comes back as it was', {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(thingModel, (model) => {
      expect(checkThingModel(JSON.parse(JSON.stringify(model)))).toEqual({
        ok: true,
        value: model,
      });
    }),
    { numRuns: MODELS * 5 },
  );
});

test('a document check ends in a model or a reason, whatever the document', {
  timeout: 60_000,
}, () => {
  const document = fc.oneof(
    fc.jsonValue(),
    fc.tuple(thingModel, fc.infiniteStream(fc.jsonValue())).map(spoilt),
  );
  fc.assert(
    fc.property(document, (value) => {
      const checked = checkThingModel(value);
      if (checked.ok) compileThingModel([checked.value]);
      else
        expect(checked.failure).toMatchObject({
          kind: 'invalid-thing-model',
          reason: expect.stringMatching(/^\S.+/),
        });
    }),
    { numRuns: MODELS * 20 },
  );
});

const modelAndPosts = thingModel.chain((model) =>
  fc.tuple(
    fc.constant(model),
    fc.array(postTo(model), { minLength: POSTS_PER_MODEL, maxLength: POSTS_PER_MODEL }),
  ),
);

/** An identifier that the model lacks never passes. */
function verdictsOfAjv(model: ThingModel): (identifier: string, sent: unknown) => boolean {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validators = new Map<string, ValidateFunction>(
    model.properties.map(({ identifier, dataType }) => [
      identifier,
      ajv.compile(propertySchema(dataType)),
    ]),
  );
  return (identifier, sent) => validators.get(identifier)?.(sent) === true;
}

/** A model in which some members were replaced by anything. */
function spoilt([model, values]: [ThingModel, Iterator<unknown>]): unknown {
  let seen = 0;
  return JSON.parse(JSON.stringify(model), (_key, value) => {
    seen += 1;
    return seen % 11 === 0 ? values.next().value : value;
  });
}
