/** How long a name is by the platform's count: a Chinese or Japanese character is two (protocol.md 7.4). */
export function textWidth(text: string): number {
  return [...text].reduce((width, character) => width + (character > '\u2E7F' ? 2 : 1), 0);
}
