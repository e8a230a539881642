/**
 * Indented JSON of an answer as json-bigint parsed it: integers of more than 15 digits are objects
 * there, whose own text gives back every digit, which a number would not.
 */
export function printJson(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return block(
      '[]',
      value.map((item) => printJson(item, inner)),
      indent,
    );
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (isBigNumber(value)) return value.toFixed();
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${printJson(member, inner)}`,
  );
  return block('{}', members, indent);
}

type BigNumber = { toFixed(): string };

function isBigNumber(value: object): value is BigNumber {
  return Reflect.get(value, '_isBigNumber') === true;
}

function block(brackets: '[]' | '{}', lines: readonly string[], indent: string): string {
  if (lines.length === 0) return brackets;
  const separated = lines.join(`,\n${indent}  `);
  return `${brackets[0]}\n${indent}  ${separated}\n${indent}${brackets[1]}`;
}
