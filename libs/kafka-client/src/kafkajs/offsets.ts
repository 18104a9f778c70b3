/** What a group has read of a topic, and the way back to what it read before. Each question has a connection of its own. */
import type { Kafka, SeekEntry } from 'kafkajs';
import type { ResetPartition } from '../client.ts';
import { asAdmin } from './topics.ts';

/** Offset of a partition that the group has never read: it will begin at the oldest message. */
const NEVER_READ = -1;

interface Bounds {
  partition: number;
  low: number;
  high: number;
}

/** @returns the oldest offset of each partition, and the one after the newest */
export const boundsOf = (kafka: Kafka, topic: string): Promise<Bounds[]> =>
  asAdmin(kafka, async (admin) =>
    (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
      partition,
      low: Number(low),
      high: Number(high),
    })),
  );

async function readBy(kafka: Kafka, groupId: string, topic: string): Promise<ReadonlyMap<number, number>> {
  const [group] = await asAdmin(kafka, (admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  return new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
}

/** @returns the number of messages that a group has not read */
export async function lagOf(kafka: Kafka, groupId: string, topic: string): Promise<number> {
  const [bounds, read] = await Promise.all([boundsOf(kafka, topic), readBy(kafka, groupId, topic)]);
  return bounds.reduce(
    (lag, { partition, high, low }) => lag + high - Math.max(low, read.get(partition) ?? NEVER_READ),
    0,
  );
}

const seekOf = ({ partition, to }: ResetPartition): SeekEntry => ({ partition, offset: String(to) });

/**
 * Sets a group back, and nowhere forward: what it has not read yet stays unread.
 *
 * @param kafka it waits for as long as a group takes to begin
 */
export async function setBack(
  kafka: Kafka,
  groupId: string,
  topic: string,
  since: Date,
): Promise<ResetPartition[]> {
  const [bounds, read] = await Promise.all([boundsOf(kafka, topic), readBy(kafka, groupId, topic)]);
  return asAdmin(kafka, async (admin) => {
    const starts = await admin.fetchTopicOffsetsByTimestamp(topic, since.getTime());
    const first = new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]));
    const reset = bounds.map(({ partition, low }) => {
      const from = Math.max(low, read.get(partition) ?? NEVER_READ);
      const to = Math.min(from, first.get(partition) ?? low);
      return { partition, from, to, reachesBack: low === 0 || to > low };
    });
    await admin.setOffsets({ groupId, topic, partitions: reset.map(seekOf) });
    return reset;
  });
}
