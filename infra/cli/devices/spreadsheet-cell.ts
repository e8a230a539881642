/**
 * Free text for a cell of a CSV file. A spreadsheet takes what begins with = + - @ or a control
 * character for a formula, and would run what somebody gave as a nickname: those get an apostrophe in
 * front, which spreadsheets take for "this is text". One that is there already gets another, so that
 * plainCell gives back every text.
 */
export function safeCell(text: string): string {
  return DANGEROUS.test(text) ? `'${text}` : text;
}

/** The text of a cell, whether safeCell wrote it or anybody else. */
export function plainCell(cell: string): string {
  return cell.startsWith("'") && DANGEROUS.test(cell.slice(1)) ? cell.slice(1) : cell;
}

const DANGEROUS = /^[=+\-@\t\r\n'＝＋－＠]/;
