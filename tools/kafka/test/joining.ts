/** What happens to one who reads a topic when another one joins its group. */
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { AdapterWorld } from './contract.ts';

/** So long that the one who reads has to say that it is alive, and learns that its group has another member. */
const HANDLING_MS = 4_000;

export function describeJoining(name: string, { open }: Pick<AdapterWorld, 'open'>): void {
  it(`hands over a whole topic on ${name} also where another one begins to read it meanwhile`, async () => {
    const client = open();
    const whole = { topic: `topic-${randomUUID()}`, group: randomUUID() };
    await client.createTopics([{ topic: whole.topic, partitions: 1 }]);
    const sender = client.sender(whole.topic);
    await sender.send([{ value: 'a message' }]);
    await sender.close();
    const got: string[] = [];
    let other: Promise<void> | undefined;
    await client.readWhole(whole, async (messages) => {
      got.push(...messages.map(({ value }) => value));
      other = client.readWhole(whole, async (same) => void got.push(...same.map(({ value }) => value)));
      await new Promise((done) => setTimeout(done, HANDLING_MS));
    });
    await other;
    expect(got).toEqual(['a message', 'a message']);
  }, 120_000);
}
