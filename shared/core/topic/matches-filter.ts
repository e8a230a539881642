/**
 * Whether a topic is one that the filter covers (MQTT 3.1.1, 4.7): `+` stands for a level, `#` at the
 * end for all that follow and for none. Both start with a slash here, so no rule about `$` is needed.
 */
export function matchesFilter(filter: string, topic: string): boolean {
  return filter === topic || matchesLevels(filter.split('/'), topic.split('/'));
}

/** As matchesFilter, for what is split at its slashes already. */
export function matchesLevels(wanted: readonly string[], levels: readonly string[]): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    const level = wanted[index];
    if (level === '#') return true;
    if (index >= levels.length) return false;
    if (level !== '+' && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
