/** A profile as a tree of the rules that it adds to R4, made from its snapshot. */
import {
  type Discriminator,
  type ElementDefinition,
  type StructureDefinition,
  versionlessCanonical,
} from './definitions.ts';
import type { Expansion, ValueSets } from './value-sets.ts';

export interface Slice {
  name: string;
  rules: Rules;
}

/** The rules of one element and of its children. */
export interface Rules {
  /** as in JSON; for a choice element without its type */
  name: string;
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
  discriminators: Discriminator[];
  isClosed: boolean;
  slices: Slice[];
  children: Rules[];
}

export interface Profile {
  url: string;
  type: string;
  root: Rules;
  /**
   * required bindings that cannot be checked, because their value sets are not in the packages or not given as lists
   */
  unchecked: string[];
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
export type TypeOfProfile = (canonical: string) => string | undefined;

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const ANY_RESOURCE = `${R4}Resource`;

function typeOfR4(url: string): string | undefined {
  const name = url.startsWith(R4) ? url.slice(R4.length) : '';
  return /^[A-Z][A-Za-z]+$/.test(name) ? name : undefined;
}

class Compiler {
  readonly unchecked = new Set<string>();
  private readonly valueSets: ValueSets;
  private readonly typeOfProfile: TypeOfProfile;

  constructor(valueSets: ValueSets, typeOfProfile: TypeOfProfile) {
    this.valueSets = valueSets;
    this.typeOfProfile = typeOfProfile;
  }

  rulesOf(element: ElementDefinition): Rules {
    const last = element.path.slice(element.path.lastIndexOf('.') + 1);
    const fixed = valueNamed(element, 'fixed');
    const pattern = valueNamed(element, 'pattern');
    const binding = this.bindingOf(element);
    const types = typesOf(element);
    const targets = this.targetsOf(element);
    const profile = element.type?.length === 1 ? element.type[0]?.profile?.[0] : undefined;
    return {
      name: last.replace('[x]', ''),
      isChoice: last.endsWith('[x]'),
      ...cardinality(element),
      ...(fixed !== undefined && { fixed }),
      ...(pattern !== undefined && { pattern }),
      ...(binding && { binding }),
      ...(types && { types }),
      ...(targets && { targets }),
      ...(profile !== undefined && { profile }),
      discriminators: element.slicing?.discriminator ?? [],
      isClosed: element.slicing?.rules === 'closed',
      slices: [],
      children: [],
    };
  }

  /** An unknown profile can be of any type. If one is among the targets, the type of the reference is not checked. */
  private targetsOf({ type = [] }: ElementDefinition): string[] | undefined {
    const profiles = type.find(({ code }) => code === 'Reference')?.targetProfile?.map(versionlessCanonical);
    if (!profiles || profiles.includes(ANY_RESOURCE)) return undefined;
    const found = profiles.map((url) => this.typeOfProfile(url) ?? typeOfR4(url));
    const known = found.filter((each) => each !== undefined);
    return known.length === found.length ? [...new Set(known)] : undefined;
  }

  private bindingOf({ binding }: ElementDefinition): Rules['binding'] {
    if (binding?.strength !== 'required' || binding.valueSet === undefined) return undefined;
    const codes = this.valueSets.expand(binding.valueSet);
    if (!codes) this.unchecked.add(binding.valueSet);
    return codes && { valueSet: binding.valueSet, codes };
  }
}

/** Removes rules that R4 has anyway. @returns whether rules are left */
function prune(rules: Rules): boolean {
  rules.children = rules.children.filter(prune);
  for (const { rules: inner } of rules.slices) prune(inner);
  const { fixed, pattern, binding, types, targets, profile, isBase, slices, children } = rules;
  const asks = [fixed, pattern, binding, types, targets, profile].some((each) => each !== undefined);
  return asks || !isBase || slices.length > 0 || children.length > 0;
}

/**
 * @param definition of a profile with a snapshot
 * @param typeOfProfile returns the resource type of a profile that is the target of references
 * @returns its rules without those of R4, because every resource is checked against R4 before
 */
export function compileProfile(
  definition: StructureDefinition,
  valueSets: ValueSets,
  typeOfProfile: TypeOfProfile,
): Profile {
  const compiler = new Compiler(valueSets, typeOfProfile);
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
  return { url: definition.url, type: definition.type, root, unchecked: [...compiler.unchecked].sort() };
}
