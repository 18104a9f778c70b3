/**
 * A writer who stays in his transaction until he is let go, so whoever ends before that has waited for nothing that he
 * holds.
 */
import { expect } from '@jest/globals';
import type { Resource } from '@patient-access/fhir';
import { waitUntil } from '@patient-access/testing';
import { Ingest } from '../../src/ingest/ingest.ts';
import { type Databases, storingBesideOthers } from '../../src/ingest/turns/storing.ts';

const itemsOf = (resources: readonly Resource[]) =>
  resources.map((resource) => ({ resource, origin: resource.id }));

/** Stores resources as an import does. @returns the status of each */
export async function storeAll(
  databases: Databases,
  tenant: string,
  resources: readonly Resource[],
): Promise<string[]> {
  const ingest = new Ingest(databases, tenant);
  const results = await ingest.storePrepared(await ingest.prepare(itemsOf(resources)));
  return results.map(({ status }) => status);
}

export class HeldWriter {
  private end: (() => Promise<unknown>) | undefined;
  private readonly waiting: () => Promise<number>;

  /** @param waiting how many sessions wait for a lock */
  constructor(waiting: () => Promise<number>) {
    this.waiting = waiting;
  }

  /** Has the writer begin. @returns when he has written */
  async hold(databases: Databases, tenant: string, resources: readonly Resource[]): Promise<void> {
    const gate = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const ended = storingBesideOthers(databases, tenant, async (context) => {
      await new Ingest(databases, tenant).storeWithin(context, itemsOf(resources));
      written.resolve();
      await gate.promise;
    });
    ended.catch(written.reject);
    await written.promise;
    this.end = () => {
      gate.resolve();
      return ended;
    };
  }

  /** Ends what he holds, if there is any. */
  async letGo(): Promise<void> {
    await this.end?.();
  }

  /** Does this while he holds what he wrote, and expects that it waits for him. */
  async expectToWait<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false;
    void work.then(
      () => (isDone = true),
      () => undefined,
    );
    await waitUntil(async () => (await this.waiting()) > 0);
    expect(isDone).toBe(false);
    await this.letGo();
    return work;
  }
}
