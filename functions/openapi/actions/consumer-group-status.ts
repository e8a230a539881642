import { utcTime } from '../../../shared/core/openapi/api-times.ts';
import {
  findConsumerGroup,
  resetConsumerGroup,
} from '../../../shared/core/subscriptions/consumer-groups.ts';
import { readGroupStatus } from '../../../shared/core/subscriptions/group-status.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { GroupClient } from '../../../shared/model/tables.ts';
import type { Action, Actions } from '../action.ts';
import { keyText } from '../decoders.ts';
import { required } from '../parameters.ts';

const queryConsumerGroupStatus: Action = async (parameters, { store }) => {
  const groupId = required('GroupId', keyText)(parameters);
  if (!groupId.ok) return groupId;
  const group = await findConsumerGroup(groupId.value, store);
  if (!group.ok) return group;
  const status = await readGroupStatus(groupId.value, store);
  const { accumulatedPerMinute, realTimePerMinute } = status;
  return ok({
    AccumulatedConsumeCountPerMinute: accumulatedPerMinute,
    AccumulationCount: status.accumulated,
    ClientConnectionStatusList: {
      ConsumerGroupClientConnectionInfo: status.clients.map(clientMembers),
    },
    ConsumerSpeed: accumulatedPerMinute + realTimePerMinute,
    LastConsumerTime: utcTime(status.lastConsumedAtMs),
    RealTimeConsumeCountPerMinute: realTimePerMinute,
  });
};

function clientMembers(client: GroupClient) {
  return {
    AccumulatedConsumeCountPerMinute: client.accumulatedPerMinute,
    ClientId: client.clientId,
    ClientIpPort: client.address,
    OnlineTime: client.onlineAtMs,
    RealTimeConsumeCountPerMinute: client.realTimePerMinute,
  };
}

const resetConsumerGroupPosition: Action = async (parameters, parts) => {
  const groupId = required('GroupId', keyText)(parameters);
  if (!groupId.ok) return groupId;
  const reset = await resetConsumerGroup(groupId.value, parts);
  return reset.ok ? ok({}) : reset;
};

export const consumerGroupStatusActions: Actions = {
  QueryConsumerGroupStatus: queryConsumerGroupStatus,
  ResetConsumerGroupPosition: resetConsumerGroupPosition,
};
