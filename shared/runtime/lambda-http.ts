import { bodyOf, decodePath, headersOf, isRecord, proxyReplyOf, textOf } from './event-parts.ts';
import type { HttpTrigger } from './http-trigger.ts';

/**
 * Lambda function URLs and API Gateway's HTTP API, payload format 2.0 (protocol.md 11.4). HTTP API
 * hands `rawPath` over decoded; that it is decoded again shows only in a path with a literal `%25`.
 */
export const lambdaHttp: HttpTrigger = {
  decode: (event) => {
    if (!isRecord(event) || event['version'] !== '2.0') return undefined;
    const context = event['requestContext'];
    if (!isRecord(context) || !isRecord(context['http'])) return undefined;
    const { http } = context;
    return {
      method: textOf(http['method']),
      path: decodePath(textOf(event['rawPath'])),
      query: textOf(event['rawQueryString']),
      headers: headersOf(event['headers']),
      body: bodyOf(event['body'], event['isBase64Encoded']),
      sourceIp: textOf(http['sourceIp']),
      requestId: textOf(context['requestId']),
    };
  },
  encode: proxyReplyOf,
};
