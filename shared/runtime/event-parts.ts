import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Reply } from '../model/http.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Empty for anything that is not text: clouds leave out or null what a request does not have. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Once, and as sent where it cannot be decoded: no topic or action has a percent sign in it. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Names in lower case, whatever the cloud made of them; a name that was sent twice is joined with commas. */
export function headersOf(headers: unknown): Record<string, string> {
  if (!isRecord(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), valuesOf(value).join(',')]),
  );
}

export function bodyOf(body: unknown, isBase64Encoded: unknown): Buffer {
  return Buffer.from(textOf(body), isBase64Encoded === true ? 'base64' : 'utf8');
}

/** Query parameters that a cloud hands over decoded, written again as a query string. */
export function queryOf(parameters: unknown): string {
  if (!isRecord(parameters)) return '';
  return Object.entries(parameters)
    .flatMap(([name, value]) => valuesOf(value).map((text) => [name, text] as const))
    .map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`)
    .join('&');
}

function valuesOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((text) => typeof text === 'string');
}

/** The form in which Function Compute 3, function URLs and API Gateway take a reply. */
export function proxyReplyOf({
  status,
  contentType,
  body,
}: Reply): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'Content-Type': contentType },
    isBase64Encoded: false,
    body,
  };
}
