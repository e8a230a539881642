import {
  bodyOf,
  decodePath,
  headersOf,
  isRecord,
  proxyReplyOf,
  queryOf,
  textOf,
} from './event-parts.ts';
import type { HttpTrigger } from './http-trigger.ts';

/**
 * HTTP trigger of Function Compute 3 (protocol.md 11.1). Function Compute writes the reply's
 * Content-Length itself and drops one that a function sets.
 */
export const fc3Http: HttpTrigger = {
  decode: (event) => {
    if (!isRecord(event) || event['version'] !== 'v1') return undefined;
    const context = event['requestContext'];
    if (!isRecord(context) || !isRecord(context['http'])) return undefined;
    const { http } = context;
    return {
      method: textOf(http['method']),
      path: decodePath(textOf(event['rawPath'])),
      query: queryOf(event['queryParameters']),
      headers: headersOf(event['headers']),
      body: bodyOf(event['body'], event['isBase64Encoded']),
      sourceIp: textOf(http['sourceIp']),
      requestId: textOf(context['requestId']),
    };
  },
  encode: proxyReplyOf,
};
