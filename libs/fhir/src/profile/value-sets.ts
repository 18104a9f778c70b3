/** Value sets as sets of codes, as far as the packages list their content. */
import { type CodeSystem, type ValueSet, versionlessCanonical } from './definitions.ts';

/** The content of a value set: single codes, and whole systems whose codes are unknown. */
export interface Expansion {
  /** by system */
  codes: ReadonlyMap<string, ReadonlySet<string>>;
  systems: ReadonlySet<string>;
  /** codes without their systems, for elements that have no system */
  bare: ReadonlySet<string>;
}

type Include = NonNullable<ValueSet['compose']>['include'][number];
interface Collected {
  codes: Map<string, Set<string>>;
  systems: Set<string>;
}

function addTo({ codes }: Collected, system: string, more: Iterable<string>): void {
  codes.set(system, new Set([...(codes.get(system) ?? []), ...more]));
}

export class ValueSets {
  private readonly sets: ReadonlyMap<string, ValueSet>;
  private readonly systems: ReadonlyMap<string, CodeSystem>;
  private readonly known = new Map<string, Expansion | undefined>();

  constructor(sets: readonly ValueSet[], systems: readonly CodeSystem[]) {
    this.sets = new Map(sets.map((set) => [set.url, set]));
    this.systems = new Map(systems.map((system) => [system.url, system]));
  }

  /** @returns undefined for a value set that is not in the packages, is defined by a filter, or excludes codes */
  expand(canonical: string): Expansion | undefined {
    const url = versionlessCanonical(canonical);
    if (!this.known.has(url)) {
      // Prevents a value set that includes itself from being expanded.
      this.known.set(url, undefined);
      this.known.set(url, this.expansionOf(this.sets.get(url)));
    }
    return this.known.get(url);
  }

  private expansionOf(set: ValueSet | undefined): Expansion | undefined {
    const { include = [], exclude = [] } = set?.compose ?? {};
    if (include.length === 0 || exclude.length > 0) return undefined;
    const all: Collected = { codes: new Map(), systems: new Set() };
    if (!include.every((each) => this.collect(each, all))) return undefined;
    return { ...all, bare: new Set([...all.codes.values()].flatMap((codes) => [...codes])) };
  }

  /** @returns false when the content cannot be determined */
  private collect({ system, concept, filter, valueSet = [] }: Include, all: Collected): boolean {
    if (filter !== undefined || (system !== undefined && valueSet.length > 0) || valueSet.length > 1)
      return false;
    if (valueSet[0] !== undefined) {
      const other = this.expand(valueSet[0]);
      for (const [from, codes] of other?.codes ?? []) addTo(all, from, codes);
      for (const each of other?.systems ?? []) all.systems.add(each);
      return other !== undefined;
    }
    if (system === undefined) return false;
    const codes = concept?.map(({ code }) => code) ?? this.codesOf(system);
    if (codes) addTo(all, system, codes);
    else all.systems.add(system);
    return true;
  }

  /** @returns undefined for a system whose codes the packages do not list */
  private codesOf(url: string): string[] | undefined {
    const system = this.systems.get(url);
    if (system?.content !== 'complete') return undefined;
    type Concepts = NonNullable<CodeSystem['concept']>;
    const below = (concepts: Concepts = []): string[] =>
      concepts.flatMap(({ code, concept }) => [code, ...below(concept)]);
    return below(system.concept);
  }
}

interface Coding {
  system?: unknown;
  code?: unknown;
  coding?: unknown;
}

const isCoding = (value: unknown): value is Coding =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param value a code, a Coding, a CodeableConcept (one of its codings is enough) or a Quantity */
export function isIn(expansion: Expansion, value: unknown): boolean {
  const { codes, systems, bare } = expansion;
  if (typeof value === 'string') return bare.has(value) || (bare.size === 0 && systems.size > 0);
  if (!isCoding(value)) return false;
  if (Array.isArray(value.coding)) return value.coding.some((each) => isIn(expansion, each));
  const { system = '', code } = value;
  if (typeof system !== 'string') return false;
  return systems.has(system) || (typeof code === 'string' && (codes.get(system)?.has(code) ?? false));
}
