import type { Registry } from '../../shared/core/devices/registry.ts';
import type { MessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import type { DeviceStatusReader } from '../../shared/core/openapi/device-statuses.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { Answers } from '../../shared/ports/answers.ts';
import type { Downlink } from '../../shared/ports/downlink.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import type { Shadows } from '../../shared/ports/shadows.ts';
import type { Members } from './envelope.ts';
import type { Parameters } from './parameters.ts';

/** What actions work with. Most need the registry alone. */
export type ActionParts = Registry & {
  downlink: Downlink;
  answers: Answers;
  bus: Pick<MessageBus, 'publish'>;
  shadows: Shadows;
  newMessageId: MessageIdSource;
  log: Log;
  /** Under which devices reach the HTTP functions. */
  publicUrl?: string;
};

/** What calls share beside that. */
export type CallParts = ActionParts & { statusesOf: DeviceStatusReader };

/** One action of the API: parameters of an authentic call in, members of the reply out. */
export type Action = (parameters: Parameters, parts: CallParts) => Promise<Result<Members>>;

/** Named as the platform names them. */
export type Actions = Readonly<Record<string, Action>>;
