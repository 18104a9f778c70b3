/**
 * Finishes resources before they are stored: adds displays and a narrative, and checks them. This is a third of the work of an
 * import, and of all that is stored only the displays of the plan decide about it. So it is done ahead of a batch's transaction,
 * while the batch before is in the database, and within it only for what was not foreseen.
 */
import { Rests } from '@patient-access/concurrency';
import type { Pool } from '@patient-access/database';
import { type CodeKey, codesWithoutDisplay, type DisplayOf, type Resource } from '@patient-access/fhir';
import type pg from 'pg';
import { asTenant } from '../sql/as-tenant.ts';
import { displaysFor, withWords, type AddedWords } from './labels/displays.ts';
import { type Checked, checked, type Checking, validatorOf } from './profile-checks.ts';

/** A resource before it is finished. */
interface Unfinished extends Checked {
  /** as it came */
  sent: Resource;
}

/** A finished resource, and what decided about it. */
interface Finished extends Checked {
  bare: readonly CodeKey[];
  /** of the codes that came without one */
  displays: readonly (string | undefined)[];
}

export class Finishing {
  private readonly tenant: string;
  private readonly words: AddedWords | undefined;
  private readonly checking: Checking;
  /** what was finished ahead, by the resource as it came */
  private readonly ahead = new WeakMap<Resource, Finished>();

  /** @param words absent: none are added */
  constructor(tenant: string, words: AddedWords | undefined, checking: Checking) {
    this.tenant = tenant;
    this.words = words;
    this.checking = checking;
  }

  /** Finishes these before anybody waits for it. */
  async begin(pool: Pool, items: readonly Unfinished[]): Promise<void> {
    if (items.length === 0) return;
    const bare = items.map(({ sent }) => this.bareCodes(sent));
    const displayOf = await asTenant(pool, this.tenant, (client) => this.displays(client, bare.flat()));
    const finish = await this.finisher(displayOf);
    const rests = new Rests();
    for (const [at, { sent }] of items.entries()) {
      this.ahead.set(sent, finish(sent, bare[at] ?? []));
      await rests.ifDue();
    }
  }

  /**
   * @param client in the transaction that stores these
   * @returns them in the same order
   */
  async end<Item extends Unfinished>(client: pg.PoolClient, items: readonly Item[]): Promise<Item[]> {
    if (items.length === 0) return [];
    const bare = items.map(({ sent }) => this.ahead.get(sent)?.bare ?? this.bareCodes(sent));
    const displayOf = await this.displays(client, bare.flat());
    const finish = await this.finisher(displayOf);
    return items.map((item, at) => {
      const { resource, checks } = this.foreseen(item, displayOf) ?? finish(item.sent, bare[at] ?? []);
      return { ...item, resource, checks };
    });
  }

  /** @returns what was finished ahead, unless the plan has other displays by now */
  private foreseen({ sent }: Unfinished, displayOf: DisplayOf): Finished | undefined {
    const finished = this.ahead.get(sent);
    return finished?.bare.every((key, at) => displayOf(key) === finished.displays[at]) ? finished : undefined;
  }

  private bareCodes(resource: Resource): CodeKey[] {
    return this.words ? codesWithoutDisplay(resource) : [];
  }

  private async displays(client: pg.PoolClient, keys: readonly CodeKey[]): Promise<DisplayOf> {
    return this.words ? displaysFor(client, this.tenant, this.words.displays, keys) : () => undefined;
  }

  private async finisher(displayOf: DisplayOf) {
    const { words, checking } = this;
    const validator = await validatorOf(checking);
    return (sent: Resource, bare: readonly CodeKey[]): Finished => {
      const resource = words ? withWords(sent, words, { bare, displayOf }) : sent;
      const done = validator ? checked(resource, validator, checking.isNaming) : { resource, checks: [] };
      return { ...done, bare, displays: bare.map(displayOf) };
    };
  }
}
