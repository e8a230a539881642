import type { Result } from '../../shared/model/failure.ts';
import type { Message } from '../../shared/model/message.ts';
import type { Downlink } from '../../shared/ports/downlink.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { ShadowRequest, ShadowState, Shadows } from '../../shared/ports/shadows.ts';
import type { RequestRate } from './request-rate.ts';

export type ShadowUpdaterParts = {
  shadows: Shadows;
  downlink: Pick<Downlink, 'publish'>;
  log: Log;
  nowMs: () => number;
};

export type UpdaterParts = ShadowUpdaterParts & { rate: RequestRate };

/** A request and what became of it. */
export type Answerable = {
  message: Message;
  clientToken?: string | undefined;
  /** Undefined where it could not be read, or was one too many. */
  request: ShadowRequest | undefined;
  outcome: Result<ShadowState>;
};
