import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { compileThingModel } from '../shared/core/tsl/compile-thing-model.ts';
import { type PropertyRules, propertyRules } from '../shared/core/tsl/property-post.ts';
import type { ThingModel } from '../shared/model/tsl.ts';
import { postSchema } from '../test/support/tsl-json-schema.ts';
import { type Row, rowOf } from './row.ts';

const ROUNDS = 9;
const CHECKS_PER_ROUND = 200_000;
const NOW_MS = 1_700_000_000_000;

const MODEL: ThingModel = {
  profile: { productKey: 'a1TestProd01' },
  properties: [
    property('Temp', { type: 'float', specs: { min: '-40', max: '125', step: '0.1' } }),
    property('Hum', { type: 'int', specs: { min: '0', max: '100' } }),
    property('Switch', { type: 'bool', specs: { '0': 'off', '1': 'on' } }),
    property('Mode', { type: 'enum', specs: { '1': 'heat', '2': 'cool', '3': 'dry' } }),
    property('Label', { type: 'text', specs: { length: '64' } }),
  ],
  events: [],
  services: [],
};

/** Distinct objects, parsed as a post is, so that neither side profits from one constant shape. */
const POSTS: readonly unknown[] = Array.from({ length: 64 }, (_, index) =>
  JSON.parse(
    JSON.stringify({
      Temp: 20 + index / 8,
      Hum: index,
      Switch: index % 2,
      Mode: 1 + (index % 3),
      Label: `shelf ${index}`,
    }),
  ),
);

function property(identifier: string, dataType: ThingModel['properties'][number]['dataType']) {
  return { identifier, name: identifier, accessMode: 'rw', required: false, dataType } as const;
}

/**
 * Ours does two things in one pass: the verdict, and the items with their times. Ajv gives the same
 * verdicts, and nothing else; so like is compared with like first, and the whole with bare ajv last.
 */
export async function run(): Promise<Row[]> {
  const model = compileThingModel([MODEL]);
  const rules = propertyRules(
    new Map(MODEL.properties.map((each) => [each.identifier, each.dataType])),
  );
  const validate = new Ajv({ allErrors: true }).compile(postSchema(MODEL));
  const whole: Check = (post) => model.checkProperties(post, NOW_MS).ok;
  const verdict: Check = (post) => isGood(rules, post);
  const ajv: Check = (post) => validate(post);
  const ajvAndItems: Check = (post) => validate(post) && buildItems(post) !== undefined;
  const target = { atMost: 1.5 };
  return [
    rowOf({
      name: 'TSL check of a five-property post, the verdict',
      baseline: 'ajv, precompiled',
      target,
      ratios: ratios(verdict, ajv),
    }),
    rowOf({
      name: 'TSL check of a five-property post with its items',
      baseline: 'ajv, precompiled, and a loop that builds the items',
      target,
      ratios: ratios(whole, ajvAndItems),
    }),
    rowOf({
      name: 'TSL check of a five-property post with its items',
      baseline: 'ajv, precompiled',
      target,
      ratios: ratios(whole, ajv),
      note: 'ajv says yes or no; ours also builds the five {value, time} items that the bus carries',
    }),
  ];
}

/** The closures of the thing model without the items. */
function isGood(rules: PropertyRules, post: unknown): boolean {
  const sent = Object(post);
  for (const identifier in sent) {
    const rule = rules.known[identifier] ?? rules.unknown;
    if (rule.check(sent[identifier]) !== undefined) return false;
  }
  return true;
}

type Check = (post: unknown) => boolean;

/** What is left to do behind ajv: unwrap, default the time. */
function buildItems(post: unknown): Record<string, unknown> {
  const items: Record<string, unknown> = {};
  const sent = Object(post);
  for (const identifier in sent) {
    const value = sent[identifier];
    const isWrapper = typeof value === 'object' && value !== null && value.value !== undefined;
    items[identifier] = isWrapper
      ? { value: value.value, time: value.time ?? NOW_MS }
      : { value, time: NOW_MS };
  }
  return items;
}

/** Interleaved, each side first in turn, so that neither always finds the caches warm. */
function ratios(ours: Check, baseline: Check): number[] {
  timeMs(ours);
  timeMs(baseline);
  return Array.from({ length: ROUNDS }, (_, round) => {
    if (round % 2 === 0) return timeMs(ours) / timeMs(baseline);
    const baselineMs = timeMs(baseline);
    return timeMs(ours) / baselineMs;
  });
}

function timeMs(check: Check): number {
  const startedMs = performance.now();
  let good = 0;
  for (let index = 0; index < CHECKS_PER_ROUND; index += 1) {
    if (check(POSTS[index % POSTS.length])) good += 1;
  }
  if (good !== CHECKS_PER_ROUND) throw new Error(`only ${good} posts passed`);
  return performance.now() - startedMs;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const { name, baseline, ratio, spread } of await run()) {
    const [low, high] = spread.map((round) => round.toFixed(2));
    console.log(`${name}: ${ratio.toFixed(2)} x of ${baseline} (${low} to ${high})`);
  }
}
