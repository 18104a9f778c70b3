/** Reads a topic once. */
import { AssignerProtocol, type EachBatchPayload, type Kafka, type PartitionAssigner } from 'kafkajs';
import type { IncomingMessage, WholeTopic } from '../client.ts';
import { CONSUMER_PATIENCE, CONSUMER_SESSION, receivedMessage } from './consumer.ts';
import { boundsOf } from './offsets.ts';

type Handle = (messages: readonly IncomingMessage[]) => Promise<void>;

/** What of a partition has to be read still: from an offset up to another one. */
interface Rest {
  next: number;
  end: number;
}

/** Longer than a session, in which the group may wait for a reader that was killed. */
const PATIENCE_MS = 60_000;

const NOTHING = Buffer.alloc(0);
const VERSION = 1;
const ASSIGNER = 'AllToEach';
/** kafkajs reads only as a member of a group. In this one each member gets all partitions, so that two can read at once. */
const ALL_TO_EACH: PartitionAssigner = ({ cluster }) => ({
  name: ASSIGNER,
  version: VERSION,
  assign({ members, topics }) {
    const partitionsOf = (topic: string) =>
      cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    const assignment = Object.fromEntries(topics.map((topic) => [topic, partitionsOf(topic)]));
    const memberAssignment = AssignerProtocol.MemberAssignment.encode({
      version: VERSION,
      assignment,
      userData: NOTHING,
    });
    return Promise.resolve(members.map(({ memberId }) => ({ memberId, memberAssignment })));
  },
  protocol({ topics }) {
    const metadata = AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: NOTHING });
    return { name: ASSIGNER, metadata };
  },
});

type Bounds = Awaited<ReturnType<typeof boundsOf>>;

/** The group gets no offsets: each reading begins at the oldest message, and begins again there when another one joins. */
class WholeReading {
  readonly done = Promise.withResolvers<void>();
  private readonly bounds: () => Promise<Bounds>;
  private readonly handle: Handle;
  private readonly patienceMs: number;
  private readonly newest: number;
  private rests = new Map<number, Rest>();
  private timer: NodeJS.Timeout | undefined;
  private crash: Error | undefined;
  /** What comes while it asks why nothing came is too late. */
  private hasFailed = false;

  /** @param bounds of the topic, as they are now */
  constructor(
    bounds: () => Promise<Bounds>,
    handle: Handle,
    { newest = Infinity, patienceMs = PATIENCE_MS }: WholeTopic,
  ) {
    this.bounds = bounds;
    this.handle = handle;
    this.patienceMs = patienceMs;
    this.newest = newest;
    // It may fail before anybody waits for it.
    this.done.promise.catch(() => undefined);
  }

  /** @returns whether there is anything to read */
  async begin(): Promise<boolean> {
    const filled = (await this.bounds()).filter(({ low, high }) => high > low);
    this.rests = new Map(
      filled.map(({ partition, low, high }) => [
        partition,
        { next: Math.max(low, high - this.newest), end: high },
      ]),
    );
    if (!this.isDone) this.wait();
    return !this.isDone;
  }

  /** Where each partition has to be read on. */
  get places(): { partition: number; offset: string }[] {
    return [...this.rests].map(([partition, { next }]) => ({ partition, offset: String(next) }));
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** The library begins again by itself after some errors: a broker that has just started does not know its groups yet. */
  crashed({ error, restart }: { error: Error; restart: boolean }): void {
    this.crash = error;
    if (!restart) this.done.reject(error);
  }

  async take({ batch }: EachBatchPayload): Promise<void> {
    const rest = this.rests.get(batch.partition);
    if (!rest || this.hasFailed) return undefined;
    this.end();
    // A group that somebody gave offsets would leave out what is older.
    if (Number(batch.firstOffset()) > rest.next)
      return this.fail('the group that reads it has offsets: delete them');
    const more = batch.messages.filter(({ offset }) => Number(offset) >= rest.next);
    try {
      await this.handle(more.map(receivedMessage));
    } catch (error) {
      return this.done.reject(error);
    }
    rest.next = Math.max(rest.next, Number(batch.lastOffset()) + 1);
    if (rest.next >= rest.end) this.rests.delete(batch.partition);
    return this.isDone ? this.done.resolve() : this.wait();
  }

  private get isDone(): boolean {
    return this.rests.size === 0;
  }

  /** The brokers may give the group no partition, or delete what has to be read still. */
  private wait(): void {
    this.end();
    const seconds = this.patienceMs / 1_000;
    const fail = () => this.fail(`nothing of the topic came for ${seconds} s`);
    this.timer = setTimeout(() => void fail(), this.patienceMs);
  }

  /** Messages that were deleted while it read are missed, too: who reads again begins behind them. */
  private async fail(otherwise: string): Promise<void> {
    this.hasFailed = true;
    const oldest = new Map(
      (await this.bounds().catch(() => [])).map(({ partition, low }) => [partition, low]),
    );
    const areDeleted = [...this.rests].some(([partition, { next }]) => (oldest.get(partition) ?? 0) > next);
    this.done.reject(
      areDeleted
        ? new Error('messages were deleted while it was read: read it again')
        : new Error(otherwise, { cause: this.crash }),
    );
  }
}

/** Hands over all messages that are there when it begins, or the newest, each once. */
export async function readWholeTopic(kafka: Kafka, whole: WholeTopic, handle: Handle): Promise<void> {
  const { topic, group, newest } = whole;
  const reading = new WholeReading(() => boundsOf(kafka, topic), handle, whole);
  if (!(await reading.begin())) return;
  const consumer = kafka.consumer({
    groupId: group,
    partitionAssigners: [ALL_TO_EACH],
    retry: CONSUMER_PATIENCE.retry,
    ...CONSUMER_SESSION,
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => reading.crashed(payload));
  // Whenever it joins again, the library begins at the oldest message. Without this much would be read, and left out.
  if (newest !== undefined)
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const place of reading.places) consumer.seek({ topic, ...place });
    });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: (payload) => reading.take(payload) });
    await reading.done.promise;
  } finally {
    reading.end();
    await consumer.disconnect().catch(() => undefined);
  }
}
