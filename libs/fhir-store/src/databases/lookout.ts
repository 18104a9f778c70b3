import type { ReadPool } from '@patient-access/database';
import { disputedPlans, type Places, PLANS_SAID, type PlanSaid } from './places.ts';

/**
 * It is as quick as a read by key, and has their connections: a probe that waited behind searches would say of a service that is
 * busy, and of all its replicas, that it has no database.
 *
 * @returns what a database says of all plans
 */
export async function saidBy(reads: ReadPool): Promise<PlanSaid[]> {
  const [said = []] = await reads.run<PlanSaid>([{ text: PLANS_SAID, values: [], byKey: true }]);
  return said;
}

/** A database that cannot be asked disputes nothing: its plans are refused anyway, or are not its own any more. */
const saidByAll = async (others: readonly ReadPool[]): Promise<PlanSaid[]> =>
  (await Promise.all(others.map((reads) => saidBy(reads).catch(() => [])))).flat();

/** Keeps {@link Places} up to date. Each probe of readiness makes it look. */
export class Lookout {
  private readonly places: Places;
  private readonly first: ReadPool;
  private readonly others: () => readonly ReadPool[];
  private searching: Promise<void> | undefined;

  /** @param others the further databases that are open now */
  constructor(places: Places, first: ReadPool, others: () => readonly ReadPool[]) {
    this.places = places;
    this.first = first;
    this.others = others;
  }

  /** @throws Error when the first database cannot be used */
  async look(): Promise<void> {
    this.places.learn(await saidBy(this.first));
    // A further database that hangs must not hold up a probe.
    this.searching ??= this.searchDisputed().finally(() => (this.searching = undefined));
  }

  /** Resolves when what {@link look} has begun to look for is known. */
  whenSearched(): Promise<void> {
    return this.searching ?? Promise.resolve();
  }

  private async searchDisputed(): Promise<void> {
    const disputed = await this.findDisputed().catch(() => undefined);
    if (disputed) this.places.dispute(disputed);
  }

  private async findDisputed(): Promise<string[]> {
    const others = this.others();
    const before = await saidByAll(others);
    const said = await saidBy(this.first);
    const disputed = disputedPlans(said, before);
    if (disputed.length === 0) return [];
    // A plan may have moved to the first database between the two questions. Then the other one does not have it any more.
    const still = disputedPlans(said, await saidByAll(others));
    return disputed.filter((plan) => still.includes(plan));
  }
}
