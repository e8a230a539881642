import type { TopicClassRecord } from '../../model/tables.ts';

type Operation = TopicClassRecord['operation'];

/** `/${productKey}/${deviceName}/user` take three of a topic's seven levels (protocol.md 3.9, 3.10). */
const MOST_LEVELS = 4;

const LEVEL = /^\w+$/;

/**
 * What is wrong with the name of a topic class, undefined if nothing is: levels of letters, digits and
 * underscores, and wildcards where devices only subscribe (protocol.md 3.10).
 */
export function topicShortNameFault(name: string, operation: Operation): string | undefined {
  const levels = name.split('/');
  if (levels.length > MOST_LEVELS) return `more than ${MOST_LEVELS} levels`;
  for (const [index, level] of levels.entries()) {
    if (LEVEL.test(level)) continue;
    if (level !== '+' && level !== '#') return 'a level has letters, digits and underscores';
    if (operation !== 'SUB') return 'wildcards are for SUB only';
    if (level === '#' && index < levels.length - 1) return '# comes last';
  }
  return undefined;
}
