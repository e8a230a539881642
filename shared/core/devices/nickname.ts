import { textWidth } from '../text/text-width.ts';

/** Nothing at all, or 4 to 64 long, a Chinese or Japanese character counting as two (protocol.md 7.4). */
export function isNickname(text: string): boolean {
  const width = textWidth(text);
  return width === 0 || (width >= SHORTEST_NICKNAME && width <= LONGEST_NICKNAME);
}

const SHORTEST_NICKNAME = 4;
const LONGEST_NICKNAME = 64;

export const NICKNAME_RULE = `${SHORTEST_NICKNAME} to ${LONGEST_NICKNAME} characters, a Chinese or Japanese one counts as two`;
