import { describe, expect, test, vi } from 'vitest';
import { startChild } from '../contract/children/child.ts';
import { aMessage } from '../contract/messages.ts';
import { longRun } from '../support/long.ts';
import { withConnection } from '../support/rabbitmq-bus.ts';
import { collect, useRabbitmqBuses } from '../support/rabbitmq-buses.ts';
import { hasRabbitmq } from '../support/rabbitmq-server.ts';

const TEST_MS = 600_000;
const PATIENCE = { timeout: 60_000, interval: 20 };
const ROUNDS = longRun ? 10 : 1;
const LINES = 16;
/** Of live, retried and old messages: what a process may have in hand. */
const IN_HAND = 3000;

describe.skipIf(!hasRabbitmq())(
  'kills around the bus on RabbitMQ (Debian package rabbitmq-server)',
  () => {
    const { server, url, open } = useRabbitmqBuses();
    const consume = () => {
      const bus = open();
      return { bus, ...collect(bus) };
    };
    /** The broker says of it that it may have been handed over before. */
    const expectMarked = (messageId: string) =>
      withConnection(url(), (connection) =>
        vi.waitFor(async () => {
          const found = await connection.basicGet('mooring.a');
          expect(found).toMatchObject({ messageId, redelivered: true });
        }, PATIENCE),
      );
    const expectAll = (handed: () => readonly string[], published: Iterable<string>) =>
      vi.waitFor(() => {
        const known = new Set(handed());
        expect([...published].filter((id) => !known.has(id))).toEqual([]);
      }, PATIENCE);

    test(
      'a broker that is killed under load loses no message that was confirmed',
      async () => {
        const { ids } = consume();
        const publisher = open();
        const confirmed: string[] = [];
        const tried = new Set<string>();
        let isOver = false;
        const publishUntilOver = async (line: number) => {
          for (let at = 0; !isOver; at += 1) {
            const messageId = `${line}-${at}`;
            tried.add(messageId);
            const isPublished = await publisher.publish(aMessage(messageId)).then(
              () => true,
              () => false,
            );
            if (isPublished) confirmed.push(messageId);
          }
        };
        const lines = Array.from({ length: LINES }, (_, line) => publishUntilOver(line));
        for (let round = 1; round <= ROUNDS; round += 1) {
          const before = confirmed.length;
          await vi.waitFor(() => expect(confirmed.length).toBeGreaterThan(before + 2000), PATIENCE);
          const killed = confirmed.length;
          await server().killAndRestart();
          await vi.waitFor(() => expect(confirmed.length).toBeGreaterThan(killed + 2000), PATIENCE);
        }
        isOver = true;
        await Promise.all(lines);
        await expectAll(() => ids, confirmed);
        const distinct = new Set(ids);
        expect([...distinct].filter((id) => !tried.has(id))).toEqual([]);
        const twice = ids.length - distinct.size;
        console.log(`${confirmed.length} confirmed of ${tried.size}, ${twice} handed over twice`);
        expect(twice).toBeLessThanOrEqual(ROUNDS * (IN_HAND + LINES));
      },
      TEST_MS,
    );

    test(
      'what a killed consumer had in hand goes to another, and nothing else goes twice',
      async () => {
        for (let round = 1; round <= ROUNDS; round += 1) {
          const hanging = startChild('consumer.ts', url(), 'a', 'hang');
          const publisher = open();
          const published = Array.from({ length: 500 }, (_, at) => `${round}-${at}`);
          await publisher.publish(aMessage(`${round}-first`));
          await vi.waitFor(() => expect(hanging.lines()).toHaveLength(1), PATIENCE);
          await Promise.all(published.map((messageId) => publisher.publish(aMessage(messageId))));
          await hanging.kill();
          await expectMarked(`${round}-first`);
          const { bus, ids } = consume();
          await expectAll(() => ids, [`${round}-first`, ...published]);
          expect(ids).toHaveLength(501);
          await bus.close();
        }
      },
      TEST_MS,
    );

    test(
      'a consumer that is killed while another shares its work loses nothing',
      async () => {
        const publisher = open();
        const killed = startChild('consumer.ts', url(), 'a');
        await publisher.publish(aMessage('first'));
        await vi.waitFor(() => expect(killed.lines()).toEqual(['first']), PATIENCE);
        const { ids } = consume();
        const published: string[] = [];
        const publishSome = async (count: number) => {
          const some = Array.from({ length: count }, (_, at) => `${published.length + at}`);
          published.push(...some);
          await Promise.all(some.map((messageId) => publisher.publish(aMessage(messageId))));
        };
        while (killed.lines().length < 2000 || ids.length < 2000) await publishSome(200);
        const last = publishSome(1000);
        await killed.kill();
        await last;
        await publishSome(200);
        const byKilled = new Set(killed.lines());
        await expectAll(() => [...ids, ...byKilled], published);
        expect(new Set(ids).size).toBe(ids.length);
        const twice = ids.filter((id) => byKilled.has(id));
        console.log(`${byKilled.size} by the one that was killed, ${twice.length} of them twice`);
        expect(twice.length).toBeLessThanOrEqual(IN_HAND);
      },
      TEST_MS,
    );

    test(
      'every message that a killed publisher was told is safe is handed over',
      async () => {
        const { ids } = consume();
        const acknowledged: string[] = [];
        for (let round = 1; round <= ROUNDS; round += 1) {
          const child = startChild('publisher.ts', url(), `round${round}`, '1000000');
          await vi.waitFor(() => expect(child.lines().length).toBeGreaterThan(500), PATIENCE);
          await child.kill();
          acknowledged.push(...child.lines());
        }
        await expectAll(() => ids, acknowledged);
        expect(new Set(ids).size).toBe(ids.length);
      },
      TEST_MS,
    );

    test(
      'messages that wait for a retry, in the backlog and among the dead outlive the broker',
      async () => {
        const failing = open();
        const consumption = failing.consume('a', async () => Promise.reject(new Error('no room')), {
          retryDelaysMs: [],
        });
        await failing.publish(aMessage('dead'));
        const dead = async () => (await failing.deadLetters.list('a', 10)).length;
        await vi.waitFor(async () => expect(await dead()).toBe(1), PATIENCE);
        await consumption.stop();
        const retrying = failing.consume('a', async () => Promise.reject(new Error('no room')), {
          retryDelaysMs: [3_600_000],
        });
        await failing.publish(aMessage('retried'));
        const counted = async () => (await failing.backlog('a')).retrying;
        await vi.waitFor(async () => expect(await counted()).toBe(1), PATIENCE);
        await retrying.stop();
        await failing.publish(aMessage('unread'));
        await server().killAndRestart();
        const again = open();
        const backlog = async () => again.backlog('a');
        await vi.waitFor(
          async () => expect(await backlog()).toEqual({ unread: 1, retrying: 1, dead: 1 }),
          PATIENCE,
        );
        expect(await again.deadLetters.list('a', 10)).toMatchObject([
          { message: { messageId: 'dead' }, reason: 'no room', attempts: 1 },
        ]);
      },
      TEST_MS,
    );
  },
);
