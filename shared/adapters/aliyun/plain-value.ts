/**
 * What pop-core parsed, as JSON.parse would have given it, but for numbers of more than 15
 * characters: they come as BigNumber objects and become texts of their digits, so that none is lost.
 */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  if (isBigNumber(value)) return value.toFixed();
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, plainValue(member)]),
  );
}

type BigNumber = { toFixed(): string };

function isBigNumber(value: object): value is BigNumber {
  return typeof Reflect.get(value, 'toFixed') === 'function';
}
