/**
 * Whether a topic is one that the filter covers (MQTT 3.1.1, 4.7): `+` stands for a level, `#` at the
 * end for all that follow and for none. Both start with a slash here, so no rule about `$` is needed.
 */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length) return false;
    if (level !== '+' && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
