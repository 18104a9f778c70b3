/** Decides when what is said of resources is stored, and keeps on disk what waits. */
import { type Owner, parseResource, type Resource, type Target } from '@patient-access/fhir';
import { ConditionalReferences } from './conditional-references.ts';
import type { Stores } from './input.ts';
import { isOfReferenceData, placeOf, type Turn, turnBehind } from './place.ts';
import type { Spool } from './spool.ts';

/** What an input says of a resource. */
export type Stated = { resource: Resource; line?: Buffer } | { deleted: Target; at?: string };

type Waiting<Origin> = { origin: Origin; owner: Owner; turn: Turn } & Stated;

/** The resource that something is said of. */
export const targetOf = (said: Stated): Target =>
  'deleted' in said ? said.deleted : { type: said.resource.resourceType, id: said.resource.id };

/** The later turns. Each begins when all resources of the earlier turn are stored. */
export const LATER_TURNS: readonly Turn[] = [
  'after reference data',
  'after all reference data',
  'after its target',
  'last',
];

/** To store what is on its way makes a small batch, and waits for the database. So it happens once in this many inputs. */
const INPUTS_OF_A_DRAIN = 500;

export class Turns<Origin> {
  private isReferenceDataOnItsWay = false;
  private sinceDrain = INPUTS_OF_A_DRAIN;
  private readonly drain: () => Promise<void>;
  private readonly stores: Stores;
  private readonly spool: Spool;
  private readonly conditional: ConditionalReferences;

  /** @param drain stores what is on its way */
  constructor(stores: Stores, tenant: string, spool: Spool, drain: () => Promise<void>) {
    this.stores = stores;
    this.drain = drain;
    this.spool = spool;
    this.conditional = new ConditionalReferences(stores, tenant);
  }

  /** May something wait that was said of this resource? @param key `Type/id` */
  mayWait(key: string): boolean {
    return this.conditional.mayWait(key);
  }

  /**
   * @param conditional references of the resource
   * @returns what is to be stored at once, with its owner; undefined: it waits
   * @throws CompartmentError when the type has no owner here
   */
  async atOnce(
    origin: Origin,
    said: Stated,
    conditional: ReadonlySet<string>,
  ): Promise<{ owner: Owner; said: Stated } | undefined> {
    const { type } = targetOf(said);
    const { owner, turn } = placeOf(this.stores, type);
    this.sinceDrain += 1;
    const now = turn === 'at once' ? await this.nowOrLater(said, conditional) : undefined;
    if (now) {
      if (isOfReferenceData(type)) this.isReferenceDataOnItsWay = true;
      return { owner, said: now };
    }
    await this.postpone({ ...said, origin, owner, turn: turn === 'at once' ? turnBehind(type) : turn });
    return undefined;
  }

  /** What waits for this turn, in the order in which it came, with its size. */
  async *waiting(turn: Turn): AsyncGenerator<{ waiting: Waiting<Origin>; size: number }> {
    this.conditional.askAgain();
    for await (const line of this.spool.read()) {
      const waiting = parseResource(line) as Waiting<Origin>;
      if (waiting.turn === turn) yield { waiting, size: line.length };
    }
  }

  /** @returns what is stored when its turn has come, and how many references of it name nothing that is found */
  async complete(said: Stated): Promise<{ said: Stated; missing: number }> {
    if ('deleted' in said) return { said, missing: 0 };
    const { resource, missing } = await this.conditional.resolve(said.resource);
    return { said: { ...said, resource }, missing };
  }

  private async nowOrLater(said: Stated, conditional: ReadonlySet<string>): Promise<Stated | undefined> {
    const { type, id } = targetOf(said);
    if (this.mayWait(`${type}/${id}`)) return undefined;
    if ('deleted' in said) return said;
    if (conditional.size > 0) await this.storeReferenceData(type);
    const resource = await this.conditional.whole(said.resource, conditional);
    return resource && { ...said, resource };
  }

  /** Reference data that came just before is then found by what a member has, which so does not wait. */
  private async storeReferenceData(type: string): Promise<void> {
    if (!this.isReferenceDataOnItsWay || isOfReferenceData(type) || this.sinceDrain < INPUTS_OF_A_DRAIN)
      return;
    this.sinceDrain = 0;
    this.isReferenceDataOnItsWay = false;
    await this.drain();
    this.conditional.askAgain();
  }

  private postpone(waiting: Waiting<Origin>): Promise<void> {
    const { line: _line, ...kept } = { line: undefined, ...waiting };
    return this.spool.write(JSON.stringify(kept));
  }
}
