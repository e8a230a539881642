import type { Result } from '../../model/failure.ts';
import type { ThingModel } from '../../model/tsl.ts';
import { DEFAULT_MODULE } from '../thing-models/thing-models.ts';
import {
  type CheckedEvent,
  checkEventPost,
  eventRule,
  openEventRule,
  unknownEventRule,
} from './event-post.ts';
import {
  type CheckedProperties,
  checkPropertyPost,
  openPropertyRules,
  propertyRules,
} from './property-post.ts';
import { failUnknownEvent } from './unknown-event.ts';

/**
 * A product's thing model as closures. Values that fail come back listed beside the good ones; what
 * refuses a post as a whole, say `checkPropertyPost` and `checkEventPost`.
 */
export type CompiledThingModel = {
  /** `params` of `thing/event/property/post`. */
  checkProperties(params: unknown, nowMs: number): Result<CheckedProperties>;
  /** `params` of `thing/event/${identifier}/post`; an event that the model does not have fails whole, with 6300. */
  checkEvent(identifier: string, params: unknown, nowMs: number): Result<CheckedEvent>;
  /** For products without validation: any property and any value, with or without a wrapper. */
  takeProperties(params: unknown, nowMs: number): Result<CheckedProperties>;
  /** For products without validation: any event and any outputs. */
  takeEvent(identifier: string, params: unknown, nowMs: number): Result<CheckedEvent>;
};

/**
 * Compiles the modules of a product, once. Members of the default module go by their identifier,
 * those of another by `${functionBlockId}:${identifier}` (protocol.md 4.3). Expects models that
 * `checkThingModel` let pass.
 */
export function compileThingModel(modules: readonly ThingModel[]): CompiledThingModel {
  const properties = modules.flatMap((module) => named(module, module.properties));
  const rules = propertyRules(new Map(properties.map(([id, { dataType }]) => [id, dataType])));
  const openRules = openPropertyRules(rules);
  const events = new Map(
    modules
      .flatMap((module) => named(module, module.events))
      .map(([identifier, event]) => [identifier, eventRule(event)]),
  );
  return {
    checkProperties: (params, nowMs) => checkPropertyPost(rules, params, nowMs),
    takeProperties: (params, nowMs) => checkPropertyPost(openRules, params, nowMs),
    checkEvent: (identifier, params, nowMs) => {
      const rule = events.get(identifier);
      return rule === undefined
        ? failUnknownEvent(identifier, params, nowMs)
        : checkEventPost(rule, params, nowMs);
    },
    takeEvent: (identifier, params, nowMs) => {
      const rule = events.get(identifier);
      const openRule = rule === undefined ? unknownEventRule(identifier) : openEventRule(rule);
      return checkEventPost(openRule, params, nowMs);
    },
  };
}

function named<Member extends { identifier: string }>(
  { functionBlockId = DEFAULT_MODULE }: ThingModel,
  members: readonly Member[],
): [string, Member][] {
  const prefix = functionBlockId === DEFAULT_MODULE ? '' : `${functionBlockId}:`;
  return members.map((member) => [prefix + member.identifier, member]);
}
