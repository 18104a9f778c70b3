/** Whose resources a transaction may write: of the whole tenant, or of some members, beside other writers. */
import type pg from 'pg';
import { lockMembers } from './tenant-lock.ts';

/** Work beside others throws this when it finds that it concerns further members. It then runs again with these. */
export class NeedsMembers extends Error {
  override name = 'NeedsMembers';
  readonly members: readonly string[];

  constructor(members: readonly string[]) {
    super(`concerns ${members.length} further members`);
    this.members = members;
  }
}

/** Work beside others throws this when nobody else may write at the same time. */
export class NeedsTenant extends Error {
  override name = 'NeedsTenant';
}

export interface WriterTurn {
  /**
   * Begins with these members. It comes before everything that is read about them.
   *
   * @param clients connections to the databases that are written, in the order that all writers keep
   */
  take(clients: readonly pg.PoolClient[], tenant: string, members: readonly string[]): Promise<void>;
  /** @throws NeedsMembers for members who are not in this turn */
  require(members: readonly string[]): void;
  /** @throws NeedsTenant unless nobody else writes */
  requireTenant(): void;
}

/** Nobody else writes. */
export const WHOLE_TENANT: WriterTurn = {
  take: () => Promise.resolve(),
  require: () => undefined,
  requireTenant: () => undefined,
};

/** Others write at the same time, and none of them what belongs to the members of this turn. */
export class TurnOfMembers implements WriterTurn {
  private readonly members: Set<string>;

  /** @param also members whom the work is known to concern beside those with whom it begins */
  constructor(also: readonly string[]) {
    this.members = new Set(also);
  }

  async take(clients: readonly pg.PoolClient[], tenant: string, members: readonly string[]): Promise<void> {
    for (const member of members) this.members.add(member);
    if (this.members.size === 0) return;
    for (const client of clients) await lockMembers(client, tenant, [...this.members]);
  }

  require(members: readonly string[]): void {
    const further = members.filter((member) => !this.members.has(member));
    if (further.length > 0) throw new NeedsMembers([...new Set(further)]);
  }

  requireTenant(): void {
    throw new NeedsTenant();
  }
}
