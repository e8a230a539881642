import type { Registry } from '../../shared/core/devices/registry.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { Members } from './envelope.ts';
import type { Parameters } from './parameters.ts';

/** One action of the API: parameters of an authentic call in, members of the reply out. */
export type Action = (parameters: Parameters, registry: Registry) => Promise<Result<Members>>;

/** Named as the platform names them. */
export type Actions = Readonly<Record<string, Action>>;
