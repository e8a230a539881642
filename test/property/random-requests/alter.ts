import fc, { type Arbitrary } from 'fast-check';

/** Leaves a text of at least two characters as another one that is not empty. */
export type Alter = (text: string) => string;

/** One character replaced, taken out or put in. */
export function alteration(character: Arbitrary<string>): Arbitrary<Alter> {
  const kind = fc.constantFrom<Edit>(replaceAt, removeAt, insertAt);
  return fc.tuple(kind, fc.nat(), character).map(
    ([edit, position, char]) =>
      (text: string) =>
        edit(text, position % text.length, char),
  );
}

type Edit = (text: string, at: number, char: string) => string;

function replaceAt(text: string, at: number, char: string): string {
  // Hex digits mean the same in either case.
  const isSame = text.charAt(at).toLowerCase() === char.toLowerCase();
  return text.slice(0, at) + (isSame ? another(char) : char) + text.slice(at + 1);
}

function removeAt(text: string, at: number): string {
  return text.slice(0, at) + text.slice(at + 1);
}

function insertAt(text: string, at: number, char: string): string {
  return text.slice(0, at) + char + text.slice(at);
}

function another(char: string): string {
  return char === '0' ? '1' : '0';
}
