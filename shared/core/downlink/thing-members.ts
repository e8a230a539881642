import type { ThingModel } from '../../model/tsl.ts';
import { DEFAULT_MODULE } from '../thing-models/thing-models.ts';

/** A property or service by its name, which is `ns:identifier` outside the default module (protocol.md 4.3). */
export function findMember<Member extends { identifier: string }>(
  modules: readonly ThingModel[],
  name: string,
  membersOf: (module: ThingModel) => readonly Member[],
): Member | undefined {
  const colon = name.indexOf(':');
  const moduleId = colon < 0 ? DEFAULT_MODULE : name.slice(0, colon);
  const identifier = name.slice(colon + 1);
  return modules
    .filter(({ functionBlockId = DEFAULT_MODULE }) => functionBlockId === moduleId)
    .flatMap(membersOf)
    .find((member) => member.identifier === identifier);
}
