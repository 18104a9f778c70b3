/**
 * What a plan states with a load: all its records since a day are here, from which answers are computed
 * (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md).
 */
import type { Pool } from '@patient-access/database';
import { computedFrom, definitions, type Owner } from '@patient-access/fhir';
import { beginComplete, refuseComplete, stateComplete } from '@patient-access/fhir-store/ingest';
import type { Stores } from './input.ts';

export class Completeness {
  private readonly owners: readonly { pool: Pool; types: readonly string[] }[];
  private readonly tenant: string;
  private readonly load: string;
  private readonly since: string | undefined;
  private isRefused = false;

  /** @param since day, ISO 8601; undefined: the plan states nothing */
  constructor(stores: Stores, tenant: string, load: string, since: string | undefined) {
    const typesOf = (owner: Owner) =>
      [...computedFrom].filter((type) => definitions.get(type)?.owner === owner);
    this.owners = [...stores]
      .map(([owner, pool]) => ({ pool, types: typesOf(owner) }))
      .filter(({ types }) => types.length > 0);
    this.tenant = tenant;
    this.load = load;
    this.since = since;
  }

  /** What was stated before is withdrawn while this load is under way. */
  async begin(): Promise<void> {
    if (this.since === undefined) return;
    for (const { pool, types } of this.owners)
      await beginComplete(pool, this.tenant, { load: this.load, types });
  }

  /** Something cannot be stored. @param type undefined: it could be such a record */
  async refuse(type: string | undefined): Promise<void> {
    const isOther = type !== undefined && definitions.has(type) && !computedFrom.has(type);
    if (this.isRefused || isOther) return;
    this.isRefused = true;
    for (const { pool, types } of this.owners)
      await refuseComplete(pool, this.tenant, { load: this.load, types });
  }

  /**
   * @param upTo the instant up to which records are known, ISO 8601
   * @param isSound nothing was refused
   * @returns undefined where the plan states nothing
   */
  async state(upTo: string, isSound: boolean): Promise<boolean | undefined> {
    const { load, since } = this;
    if (since === undefined) return undefined;
    if (!isSound) return false;
    for (const { pool, types } of this.owners)
      if (!(await stateComplete(pool, this.tenant, { load, types, since, upTo }))) return false;
    return this.owners.length > 0;
  }
}
