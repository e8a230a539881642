import fc from 'fast-check';
import type { Request } from '../../../shared/model/http.ts';

/** A request that has to be refused, and why. */
export type Attempt = { request: Request; why: string };

/** Shows a counterexample without 128 KB of body. */
export function attempt(request: Request, why: string): Attempt {
  const shown = { ...request, body: request.body.toString('latin1', 0, SHOWN_BYTES) };
  const text = `${why}: ${JSON.stringify(shown)} (body of ${request.body.length} bytes)`;
  return Object.assign({ request, why }, { [fc.toStringMethod]: () => text });
}

const SHOWN_BYTES = 400;
