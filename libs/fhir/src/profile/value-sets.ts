/** Value sets as sets of codes, as far as the packages list their content. */
import { type CodeSystem, type ValueSet, versionlessCanonical } from './definitions.ts';

/** The content of a value set: single codes, and whole systems whose codes are unknown. */
export interface Expansion {
  /** by system */
  codes: ReadonlyMap<string, ReadonlySet<string>>;
  systems: ReadonlySet<string>;
  /** codes of these systems that are not in the value set */
  excluded: ReadonlyMap<string, ReadonlySet<string>>;
  /** systems of which more codes are accepted than the value set has, because a filter is not applied */
  filtered: ReadonlySet<string>;
  /** codes without their systems, for elements that have no system */
  bare: ReadonlySet<string>;
}

type Include = NonNullable<ValueSet['compose']>['include'][number];
interface Collected {
  codes: Map<string, Set<string>>;
  systems: Set<string>;
  excluded: Map<string, Set<string>>;
  filtered: Set<string>;
}

function addTo(codes: Map<string, Set<string>>, system: string, more: Iterable<string>): void {
  codes.set(system, new Set([...(codes.get(system) ?? []), ...more]));
}

const NONE: ReadonlySet<string> = new Set();

/** Adds a system that nobody lists. A code is left out only if each value set with the system leaves it out. */
function addSystem(all: Collected, system: string, without = NONE): void {
  const before = all.systems.has(system) ? (all.excluded.get(system) ?? NONE) : without;
  all.systems.add(system);
  all.excluded.set(system, new Set([...before].filter((code) => without.has(code))));
}

function addAll(all: Collected, { codes, systems, excluded, filtered }: Expansion, only?: string): void {
  const isMeant = (system: string) => only === undefined || system === only;
  for (const [system, some] of codes) if (isMeant(system)) addTo(all.codes, system, some);
  for (const system of systems) if (isMeant(system)) addSystem(all, system, excluded.get(system));
  for (const system of filtered) if (isMeant(system)) all.filtered.add(system);
}

/** Takes a whole system away, but for the codes that are kept. */
function takeSystem(all: Collected, system: string, kept = NONE): void {
  const [listed, excluded] = [all.codes.get(system), all.excluded.get(system)];
  const isUnlisted = all.systems.delete(system);
  all.excluded.delete(system);
  const isThere = (code: string) => listed?.has(code) === true || (isUnlisted && !excluded?.has(code));
  const left = [...kept].filter(isThere);
  all.codes.delete(system);
  if (left.length > 0) addTo(all.codes, system, left);
}

/** Takes codes away. A code of a system that nobody lists is remembered as taken away. */
function takeFrom(all: Collected, system: string, codes: Iterable<string>): void {
  const listed = all.codes.get(system);
  for (const code of codes) listed?.delete(code);
  if (all.systems.has(system)) addTo(all.excluded, system, codes);
}

export class ValueSets {
  private readonly sets: ReadonlyMap<string, ValueSet>;
  private readonly systems: ReadonlyMap<string, CodeSystem>;
  private readonly known = new Map<string, Expansion | undefined>();

  constructor(sets: readonly ValueSet[], systems: readonly CodeSystem[]) {
    this.sets = new Map(sets.map((set) => [set.url, set]));
    this.systems = new Map(systems.map((system) => [system.url, system]));
  }

  /**
   * Where a filter says which codes of a system are meant, all of them are accepted, and `filtered` names the system.
   *
   * @returns undefined for a value set that is not in the packages, or includes one that is not
   */
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
    if (include.length === 0) return undefined;
    const all: Collected = {
      codes: new Map(),
      systems: new Set(),
      excluded: new Map(),
      filtered: new Set(),
    };
    if (!include.every((each) => this.collect(each, all))) return undefined;
    for (const each of exclude) this.exclude(each, all);
    return { ...all, bare: new Set([...all.codes.values()].flatMap((codes) => [...codes])) };
  }

  /** @returns false when the content cannot be determined */
  private collect({ system, concept, filter, valueSet = [] }: Include, all: Collected): boolean {
    if (valueSet.length > 0) return this.collectOthers(valueSet, system, all);
    if (system === undefined) return false;
    const codes = concept?.map(({ code }) => code) ?? this.codesOf(system);
    if (codes) addTo(all.codes, system, codes);
    else addSystem(all, system);
    if (filter) all.filtered.add(system);
    return true;
  }

  /** What several value sets, or one and a system, have in common: at most what is in one of them. */
  private collectOthers(urls: readonly string[], system: string | undefined, all: Collected): boolean {
    const [other, ...more] = urls.map((url) => this.expand(url)).filter((each) => each !== undefined);
    if (!other) return false;
    addAll(all, other, system);
    if (more.length > 0 || urls.length > 1)
      for (const each of [...other.codes.keys(), ...other.systems]) all.filtered.add(each);
    return true;
  }

  /** What cannot be determined stays in, and is named. */
  private exclude({ system, concept, filter, valueSet = [] }: Include, all: Collected): void {
    const [first, ...more] = valueSet.map((url) => this.expand(url));
    const isExact =
      filter === undefined && more.length === 0 && (valueSet.length === 0 || first !== undefined);
    if (!isExact || (first?.filtered.size ?? 0) > 0) {
      const concerned = system === undefined ? [...all.codes.keys(), ...all.systems] : [system];
      for (const each of concerned) all.filtered.add(each);
      return;
    }
    if (first) {
      const isMeant = (from: string) => system === undefined || system === from;
      for (const from of first.systems) if (isMeant(from)) takeSystem(all, from, first.excluded.get(from));
      for (const [from, codes] of first.codes) if (isMeant(from)) takeFrom(all, from, codes);
      return;
    }
    if (system === undefined) return;
    if (concept)
      takeFrom(
        all,
        system,
        concept.map(({ code }) => code),
      );
    else takeSystem(all, system);
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

/** Says whether there is a code of a system that no package lists. Undefined if nobody knows. */
export type CodeExists = (system: string, code: string) => boolean | undefined;

/**
 * @param value a code, a Coding, a CodeableConcept (one of its codings is enough) or a Quantity
 */
export function isIn(expansion: Expansion, value: unknown, exists?: CodeExists): boolean {
  const { codes, systems, excluded, bare } = expansion;
  if (typeof value === 'string') return bare.has(value) || (bare.size === 0 && systems.size > 0);
  if (!isCoding(value)) return false;
  if (Array.isArray(value.coding)) return isOneIn(expansion, value.coding, exists);
  const { system = '', code } = value;
  if (typeof system !== 'string') return false;
  if (typeof code !== 'string') return systems.has(system);
  if (codes.get(system)?.has(code)) return true;
  return systems.has(system) && !excluded.get(system)?.has(code) && exists?.(system, code) !== false;
}

function isOneIn(expansion: Expansion, codings: readonly unknown[], exists?: CodeExists): boolean {
  for (const coding of codings) if (isIn(expansion, coding, exists)) return true;
  return false;
}
