/**
 * Finds what conditional references name. One by an identifier becomes a reference to the one resource of the plan's own
 * that has it (docs/adr/0148-find-what-conditional-references-name-at-import.md).
 */
import { crc32 } from 'node:zlib';
import {
  definitions,
  type Identified,
  identifiedBy,
  type Owner,
  parseConditional,
  type Resource,
} from '@patient-access/fhir';
import { DataSurvey } from '@patient-access/fhir-store/ingest';
import { LRUCache } from 'lru-cache';
import type { Stores } from './input.ts';
import { withReferences } from './own-references.ts';
import { isOfReferenceData } from './place.ts';

/**
 * The number of identifiers in memory, each of some 400 characters at most. Most references are to the same providers and
 * organizations.
 */
const MAX_KNOWN = 100_000;
/** 8 MB. With a million resources that wait one in seventy others is taken for one of them, and waits too. */
const BITS = 1 << 26;
const BITS_OF_BYTE = 8;

/** A Bloom filter with one hash function: a set of keys in bounded memory, which may take another key for one of its own. */
class BloomFilter {
  private bytes: Uint8Array | undefined;

  add(key: string): void {
    const bit = crc32(key) % BITS;
    const at = Math.floor(bit / BITS_OF_BYTE);
    this.bytes ??= new Uint8Array(BITS / BITS_OF_BYTE);
    this.bytes[at] = (this.bytes[at] ?? 0) | (1 << (bit % BITS_OF_BYTE));
  }

  has(key: string): boolean {
    const bit = crc32(key) % BITS;
    return ((this.bytes?.[Math.floor(bit / BITS_OF_BYTE)] ?? 0) & (1 << (bit % BITS_OF_BYTE))) !== 0;
  }
}

/** The conditional references of a resource, those that nothing can be found by included. */
export function conditionalIn(resource: Resource): ReadonlySet<string> {
  const found = new Set<string>();
  withReferences(resource, (reference) => {
    if (parseConditional(reference)) found.add(reference);
    return reference;
  });
  return found;
}

/**
 * Finds what conditional references name among what is stored. A resource of which one is not found waits until the
 * reference data of the load is stored, and whatever else is said of it waits behind it.
 */
export class ConditionalReferences {
  /** Apart from members', which may be many: reference data that is taken for one of these would be missed by others. */
  private readonly waitingReferenceData = new BloomFilter();
  private readonly waiting = new BloomFilter();
  private readonly known = new LRUCache<string, { reference?: string }>({ max: MAX_KNOWN });
  private readonly surveys: ReadonlyMap<Owner, DataSurvey>;

  constructor(stores: Stores, tenant: string) {
    this.surveys = new Map([...stores].map(([owner, pool]) => [owner, new DataSurvey(pool, tenant)]));
  }

  /** May something wait that was said of this resource? @param key `Type/id` */
  mayWait(key: string): boolean {
    return this.filterFor(key).has(key);
  }

  /** @returns the resource as it can be stored now; undefined: it has to wait */
  async whole(resource: Resource, conditional: ReadonlySet<string>): Promise<Resource | undefined> {
    if (conditional.size === 0) return resource;
    const { resource: found, missing } = await this.resolve(resource, conditional);
    if (missing === 0) return found;
    const key = `${resource.resourceType}/${resource.id}`;
    this.filterFor(key).add(key);
    return undefined;
  }

  /** What was not found may have been stored meanwhile. */
  askAgain(): void {
    this.known.clear();
  }

  /** @returns the resource with the references that were found, and how many were not */
  async resolve(
    resource: Resource,
    conditional = conditionalIn(resource),
  ): Promise<{ resource: Resource; missing: number }> {
    const found = new Map<string, string>();
    let missing = 0;
    for (const each of conditional) {
      const reference = await this.find(each);
      if (reference === undefined) missing += 1;
      else found.set(each, reference);
    }
    if (found.size === 0) return { resource, missing };
    return { resource: withReferences(resource, (each) => found.get(each) ?? each), missing };
  }

  private filterFor(key: string): BloomFilter {
    return isOfReferenceData(key.slice(0, key.indexOf('/'))) ? this.waitingReferenceData : this.waiting;
  }

  /** A reference that can find nothing is not remembered: it may be long, and would take the place of one that can. */
  private async find(conditional: string): Promise<string | undefined> {
    const identified = identifiedBy(conditional);
    if (!identified) return undefined;
    const key = JSON.stringify(identified);
    const before = this.known.get(key);
    if (before) return before.reference;
    const reference = await this.ask(identified);
    this.known.set(key, reference === undefined ? {} : { reference });
    return reference;
  }

  private async ask({ type, system, value }: Identified): Promise<string | undefined> {
    const owner = definitions.get(type)?.owner;
    const id = await (owner && this.surveys.get(owner))?.identified(type, system, value);
    return id === undefined ? undefined : `${type}/${id}`;
  }
}
