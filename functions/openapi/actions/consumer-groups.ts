import { utcTime } from '../../../shared/core/openapi/api-times.ts';
import {
  type ConsumerGroup,
  createConsumerGroup,
  findConsumerGroup,
  listConsumerGroups,
  renameConsumerGroup,
} from '../../../shared/core/subscriptions/consumer-groups.ts';
import { deleteConsumerGroup } from '../../../shared/core/subscriptions/delete-consumer-group.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, bool, integer, keyText } from '../decoders.ts';
import { optional, readAll, required, withDefault } from '../parameters.ts';

const createConsumerGroupAction: Action = async (parameters, parts) => {
  const groupName = required('GroupName', anyText)(parameters);
  if (!groupName.ok) return groupName;
  const created = await createConsumerGroup(groupName.value, parts);
  return created.ok ? ok({ GroupId: created.value }) : created;
};

const updateConsumerGroup: Action = async (parameters, { store }) => {
  const readers = {
    groupId: required('GroupId', keyText),
    groupName: required('NewGroupName', anyText),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const renamed = await renameConsumerGroup(read.value, store);
  return renamed.ok ? ok({}) : renamed;
};

const deleteConsumerGroupAction: Action = async (parameters, { store }) => {
  const groupId = required('GroupId', keyText)(parameters);
  if (!groupId.ok) return groupId;
  const deleted = await deleteConsumerGroup(groupId.value, store);
  return deleted.ok ? ok({}) : deleted;
};

const queryConsumerGroupByGroupId: Action = async (parameters, { store }) => {
  const groupId = required('GroupId', keyText)(parameters);
  if (!groupId.ok) return groupId;
  const group = await findConsumerGroup(groupId.value, store);
  return group.ok ? ok({ Data: groupMembers(group.value) }) : group;
};

const MOST_GROUPS_A_PAGE = 1000;
const GROUPS_A_PAGE = 10;

/** `GroupName` counts with `Fuzzy` alone, and then has to be there (protocol.md 7.4). */
const queryConsumerGroupList: Action = async (parameters, { store }) => {
  const fuzzy = withDefault('Fuzzy', bool, false)(parameters);
  if (!fuzzy.ok) return fuzzy;
  const readers = {
    page: withDefault('CurrentPage', integer(1, Number.MAX_SAFE_INTEGER), 1),
    pageSize: withDefault('PageSize', integer(1, MOST_GROUPS_A_PAGE), GROUPS_A_PAGE),
    groupName: (fuzzy.value ? required : optional)('GroupName', anyText),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const { page, pageSize, groupName } = read.value;
  const nameContains = fuzzy.value ? groupName : undefined;
  const { groups, total } = await listConsumerGroups({ page, pageSize, nameContains }, store);
  return ok({
    CurrentPage: page,
    Data: { ConsumerGroupDTO: groups.map(groupMembers) },
    PageCount: Math.ceil(total / pageSize),
    PageSize: pageSize,
    Total: total,
  });
};

/** Nobody made the default group, so it has no time. */
function groupMembers({ groupId, groupName, createdAtMs }: ConsumerGroup) {
  const CreateTime = utcTime(createdAtMs === 0 ? null : createdAtMs);
  return { CreateTime, GroupId: groupId, GroupName: groupName };
}

export const consumerGroupActions: Actions = {
  CreateConsumerGroup: createConsumerGroupAction,
  UpdateConsumerGroup: updateConsumerGroup,
  DeleteConsumerGroup: deleteConsumerGroupAction,
  QueryConsumerGroupByGroupId: queryConsumerGroupByGroupId,
  QueryConsumerGroupList: queryConsumerGroupList,
};
