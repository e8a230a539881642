/** The items in their order, `size` at a time: what is stored at once must not flood a remote store. */
export function inGroups<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (let from = 0; from < items.length; from += size) {
    groups.push(items.slice(from, from + size));
  }
  return groups;
}
