import { expect, test } from 'vitest';
import { parcelOf, withFailure } from '../../../../../shared/adapters/rabbitmq/bus-message.ts';
import { createItemShelf } from '../../../../../shared/adapters/rabbitmq/item-shelf.ts';
import { aMessage } from '../../../../contract/messages.ts';

function taken(messageId: string, dueMs: number, isLost = () => false) {
  const parcel = withFailure(parcelOf(aMessage(messageId), 0), { attempts: 1, reason: '', dueMs });
  return { parcel, done: () => undefined, putBack: () => undefined, isLost };
}

function shelfOf(...items: ReturnType<typeof taken>[]) {
  const shelf = createItemShelf();
  for (const item of items) shelf.add(item);
  const take = (most: number, nowMs: number) =>
    shelf.take(most, nowMs).map(({ message }) => message.messageId);
  return { ...shelf, take };
}

test('gives what is due, in the order in which it came, as much as is wanted', () => {
  const shelf = shelfOf(taken('1', 30), taken('2', 10), taken('3', 20), taken('4', 10));
  expect(shelf.take(2, 20)).toEqual(['2', '3']);
  expect(shelf.take(2, 20)).toEqual(['4']);
  expect(shelf.take(2, 20)).toEqual([]);
  expect(shelf.take(2, 30)).toEqual(['1']);
});

test('tells when the next one is due', () => {
  const shelf = shelfOf(taken('1', 30), taken('2', 10));
  expect(shelf.nextDueMs()).toBe(10);
  shelf.take(1, 10);
  expect(shelf.nextDueMs()).toBe(30);
  shelf.take(1, 30);
  expect(shelf.nextDueMs()).toBe(Number.POSITIVE_INFINITY);
});

test('forgets what the broker gives to somebody again', () => {
  let isLost = false;
  const shelf = shelfOf(
    taken('1', 0, () => isLost),
    taken('2', 0),
  );
  isLost = true;
  expect(shelf.take(2, 0)).toEqual(['2']);
  expect(shelf.size()).toBe(0);
});
