/** A property's value as the OpenAPI shows it: always text, containers as JSON (protocol.md 7.4). */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
