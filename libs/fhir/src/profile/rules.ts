/** A profile as a tree of the rules that it adds to R4, made from its snapshot. */
import {
  type Discriminator,
  type ElementDefinition,
  type StructureDefinition,
  versionlessCanonical,
} from './definitions.ts';
import { compileInvariant, type IsBroken, type MemberOf } from '../fhirpath/compile.ts';
import { UnsupportedExpression } from '../fhirpath/syntax.ts';
import type { KnownCodes } from './known-codes.ts';
import { isOfR4, r4FactsAt } from './r4-facts.ts';
import type { Expansion, ValueSets } from './value-sets.ts';

export interface Slice {
  name: string;
  rules: Rules;
}

/** The rules of one element and of its children. */
export interface Rules {
  /** as in JSON; for a choice element without its type */
  name: string;
  /** under which JSON has the extensions of a primitive that has this name */
  extended: string;
  isChoice: boolean;
  min: number;
  max: number;
  /** the cardinality is that of R4 itself */
  isBase: boolean;
  fixed?: unknown;
  pattern?: unknown;
  binding?: { valueSet: string; codes: Expansion };
  /** the allowed types of a choice, capitalised, if the profile removes some */
  types?: string[];
  /** the resource types to which a reference may refer; absent: any type */
  targets?: string[];
  /** profiles of extensions and datatypes */
  profile?: string;
  /** those that are errors */
  invariants: { key: string; isBroken: IsBroken }[];
  discriminators: Discriminator[];
  isClosed: boolean;
  slices: Slice[];
  children: Rules[];
}

export interface Profile {
  url: string;
  type: string;
  root: Rules;
  unchecked: UncheckedRule[];
}

/** A rule of a profile that cannot be checked, or not entirely. */
export interface UncheckedRule {
  /** id of the element */
  element: string;
  rule: 'binding' | 'target' | 'slice' | 'invariant';
  /** a value set, a profile, the name of a slice, the key of an invariant */
  expected: string;
  reason: string;
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

function valueNamed(element: ElementDefinition, prefix: 'fixed' | 'pattern'): unknown {
  const name = Object.keys(element).find(
    (key) => key.startsWith(prefix) && /[A-Z]/.test(key[prefix.length] ?? ''),
  );
  return name === undefined ? undefined : element[name];
}

function cardinality({ min = 0, max = '*', base }: ElementDefinition) {
  const isBase = base !== undefined && base.min === min && base.max === max;
  return { min, max: max === '*' ? Infinity : Number(max), isBase };
}

/** The types that a profile allows in a choice. It is undefined if the profile allows all types of R4. */
function typesOf({ type = [], path }: ElementDefinition): string[] | undefined {
  const codes = [...new Set(type.map(({ code }) => capital(code)))];
  return path.endsWith('[x]') && codes.length > 0 && codes.length < OPEN_CHOICE ? codes : undefined;
}
const OPEN_CHOICE = 40;

/** @returns the resource type that a profile describes; undefined for an unknown profile */
type TypeOfProfile = (canonical: string) => string | undefined;

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const ANY_RESOURCE = `${R4}Resource`;

function typeOfR4(url: string): string | undefined {
  const name = url.startsWith(R4) ? url.slice(R4.length) : '';
  return /^[A-Z][A-Za-z]+$/.test(name) ? name : undefined;
}

/** Value sets with so many systems of unknown codes are described by the first. */
const SYSTEMS_NAMED = 1;

const named = ([first, ...others]: readonly string[]) =>
  others.length >= SYSTEMS_NAMED ? `${first} and ${others.length} more` : first;

/** @returns why more is accepted than the value set has; undefined if it is not */
function whyUnchecked({ systems, filtered }: Expansion, { hasTable }: KnownCodes): string | undefined {
  const unlisted = [...systems].filter((system) => !hasTable(system));
  if (unlisted.length > 0) return `any code of ${named(unlisted)} is accepted: no package lists them`;
  return filtered.size > 0 ? `a filter on ${named([...filtered])} is not applied` : undefined;
}

/** Kinds of discriminators that `match.ts` follows. A choice is sliced by its type. */
const FOLLOWED = new Set(['value', 'pattern']);

/** What a profile is compiled with. */
export interface Knowledge {
  valueSets: ValueSets;
  memberOf: MemberOf;
  typeOfProfile: TypeOfProfile;
  codes: KnownCodes;
}

class Compiler {
  readonly unchecked: UncheckedRule[] = [];
  private readonly known: Knowledge;

  constructor(known: Knowledge) {
    this.known = known;
  }

  rulesOf(element: ElementDefinition): Rules {
    const last = element.path.slice(element.path.lastIndexOf('.') + 1);
    const name = last.replace('[x]', '');
    const fixed = valueNamed(element, 'fixed');
    const pattern = valueNamed(element, 'pattern');
    const binding = this.bindingOf(element);
    const types = typesOf(element);
    const targets = this.targetsOf(element);
    const profile = element.type?.length === 1 ? element.type[0]?.profile?.[0] : undefined;
    return {
      name,
      extended: `_${name}`,
      isChoice: last.endsWith('[x]'),
      ...cardinality(element),
      ...(fixed !== undefined && { fixed }),
      ...(pattern !== undefined && { pattern }),
      ...(binding && { binding }),
      ...(types && { types }),
      ...(targets && { targets }),
      ...(profile !== undefined && { profile }),
      invariants: this.invariantsOf(element),
      discriminators: this.discriminatorsOf(element),
      isClosed: element.slicing?.rules === 'closed',
      slices: [],
      children: [],
    };
  }

  private note(
    { id }: ElementDefinition,
    rule: UncheckedRule['rule'],
    expected: string,
    reason: string,
  ): void {
    this.unchecked.push({ element: id, rule, expected, reason });
  }

  /** An unknown profile can be of any type. If one is among the targets, the type of the reference is not checked. */
  private targetsOf(element: ElementDefinition): string[] | undefined {
    const { type = [], base } = element;
    const profiles = type.find(({ code }) => code === 'Reference')?.targetProfile?.map(versionlessCanonical);
    if (!profiles || profiles.includes(ANY_RESOURCE)) return undefined;
    const found = profiles.map((url) => this.known.typeOfProfile(url) ?? typeOfR4(url));
    const missing = profiles.filter((_, at) => found[at] === undefined);
    for (const url of missing) this.note(element, 'target', url, 'no package has this profile');
    if (missing.length > 0) return undefined;
    const targets = [...new Set(found.filter((each) => each !== undefined))];
    const ofR4 = r4FactsAt(base?.path ?? '')?.targets ?? [];
    return ofR4.every((each) => targets.includes(each)) && ofR4.length > 0 ? undefined : targets;
  }

  private bindingOf(element: ElementDefinition): Rules['binding'] {
    const { binding, base } = element;
    if (binding?.strength !== 'required' || binding.valueSet === undefined) return undefined;
    const { valueSet } = binding;
    if (versionlessCanonical(valueSet) === r4FactsAt(base?.path ?? '')?.binding) return undefined;
    const codes = this.known.valueSets.expand(valueSet);
    const reason = codes ? whyUnchecked(codes, this.known.codes) : 'no package lists its codes';
    if (reason !== undefined) this.note(element, 'binding', valueSet, reason);
    return codes && { valueSet, codes };
  }

  /** Those that R4 has itself are left out, because every resource is checked against R4. */
  private invariantsOf(element: ElementDefinition): Rules['invariants'] {
    const own = (element.constraint ?? []).filter((each) => each.severity === 'error' && !isOfR4(each));
    return own.flatMap(({ key, expression }) => {
      try {
        return [{ key, isBroken: compileInvariant(expression ?? '', this.known.memberOf) }];
      } catch (error) {
        if (!(error instanceof UnsupportedExpression)) throw error;
        this.note(element, 'invariant', key, `not evaluated: ${error.message}`);
        return [];
      }
    });
  }

  private discriminatorsOf(element: ElementDefinition): Discriminator[] {
    const discriminators = element.slicing?.discriminator ?? [];
    const isChoice = element.path.endsWith('[x]');
    const strange = isChoice ? undefined : discriminators.find(({ type }) => !FOLLOWED.has(type));
    if (strange) this.note(element, 'slice', strange.path, `slices by ${strange.type} are not told apart`);
    return discriminators;
  }
}

/** Removes rules that R4 has anyway. @returns whether rules are left */
function prune(rules: Rules): boolean {
  rules.children = rules.children.filter(prune);
  for (const { rules: inner } of rules.slices) prune(inner);
  const { fixed, pattern, binding, types, targets, profile, isBase, invariants, slices, children } = rules;
  const asks = [fixed, pattern, binding, types, targets, profile].some((each) => each !== undefined);
  return asks || !isBase || [invariants, slices, children].some(({ length }) => length > 0);
}

/**
 * @param definition of a profile with a snapshot
 * @returns its rules without those of R4, because every resource is checked against R4 too
 */
export function compileProfile(definition: StructureDefinition, known: Knowledge): Profile {
  const compiler = new Compiler(known);
  const [first, ...elements] = definition.snapshot?.element ?? [];
  if (!first) throw new Error(`${definition.url} has no snapshot`);
  const root = compiler.rulesOf(first);
  const byId = new Map([[first.id, root]]);
  for (const element of elements) {
    const rules = compiler.rulesOf(element);
    byId.set(element.id, rules);
    const parent = byId.get(element.id.slice(0, element.id.lastIndexOf('.')));
    const [, sliced, slice] = /^(.*):([^.:]+)$/.exec(element.id) ?? [];
    const isSlice = sliced !== undefined && slice !== undefined;
    if (isSlice) byId.get(sliced)?.slices.push({ name: slice, rules });
    else parent?.children.push(rules);
  }
  prune(root);
  return { url: definition.url, type: definition.type, root, unchecked: compiler.unchecked };
}
