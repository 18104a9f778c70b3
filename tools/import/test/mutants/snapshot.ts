/**
 * A profile as a tree of its elements, read from the definition itself and not with the code that checks it. What
 * stands in a slice is found by what the slice fixes.
 */
import type { PackageResource } from '@patient-access/fhir';
import { contains, isJsonObject, type JsonObject, listOf, elementKeys } from './places.ts';
import { CodeLists } from './code-lists.ts';

type StructureDefinition = Extract<PackageResource, { resourceType: 'StructureDefinition' }>;
export type MutantElement = NonNullable<StructureDefinition['snapshot']>['element'][number];

/** An element, or a slice of one. */
export interface MutantNode {
  element: MutantElement;
  /** as in the path */
  name: string;
  children: MutantNode[];
  slices: MutantNode[];
  /** of a slice: the element whose slice it is */
  sliced?: MutantNode;
}

/** The values of an element, or of a slice of one, in their object. */
export interface MutantPlace {
  parent: JsonObject;
  key: string;
  /** which of a list are in the slice */
  ats?: readonly number[];
}

/** The steps from a resource to an element; those of a profile of an extension follow those of the extension. */
export type ElementChain = readonly MutantNode[];

export const isChoice = ({ name }: MutantNode): boolean => name.endsWith('[x]');

interface FixedValue {
  kind: 'fixed' | 'pattern';
  value: unknown;
}

/** @returns what the element fixes, and how */
export function fixedBy(element: MutantElement): FixedValue | undefined {
  const key = Object.keys(element).find((name) => /^(fixed|pattern)[A-Z]/.test(name));
  return key === undefined
    ? undefined
    : { kind: key.startsWith('fixed') ? 'fixed' : 'pattern', value: element[key] };
}

/** Is the value what is fixed? */
export const isAsSaid = (value: unknown, { kind, value: said }: FixedValue): boolean =>
  contains(value, said) && (kind === 'pattern' || contains(said, value));

/** The values of an element in an object; one that is undefined, where it has none. */
function valuesBelow(value: unknown, { name }: MutantNode): unknown[] {
  const found = isJsonObject(value) ? elementKeys(value, name).flatMap((key) => listOf(value[key])) : [];
  return found.length > 0 ? found : [undefined];
}

const oneOf = (answers: readonly (boolean | undefined)[]): boolean | undefined =>
  answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;

function treeOf({ snapshot }: StructureDefinition): MutantNode {
  const byId = new Map<string, MutantNode>();
  for (const element of snapshot?.element ?? []) {
    const { id } = element;
    const name = element.path.slice(element.path.lastIndexOf('.') + 1);
    const node: MutantNode = { element, name, children: [], slices: [] };
    byId.set(id, node);
    const [, sliced] = /^(.*):[^.:]+$/.exec(id) ?? [];
    const parent = byId.get(id.slice(0, id.lastIndexOf('.')));
    if (sliced === undefined) parent?.children.push(node);
    else {
      const whole = byId.get(sliced);
      if (!whole) continue;
      node.sliced = whole;
      whole.slices.push(node);
    }
  }
  const [root] = byId.values();
  if (!root) throw new Error('a definition without elements');
  return root;
}

/** The definitions of a set of guides. */
export class Snapshots {
  private readonly definitions: ReadonlyMap<string, StructureDefinition>;
  private readonly trees = new Map<string, MutantNode>();
  readonly codes: CodeLists;

  constructor(resources: readonly PackageResource[]) {
    const found = resources.filter(
      (each): each is StructureDefinition =>
        each.resourceType === 'StructureDefinition' && (each.snapshot?.element.length ?? 0) > 1,
    );
    this.definitions = new Map(found.map((each) => [each.url, each]));
    this.codes = new CodeLists(resources);
  }

  typeOf(url: string): string | undefined {
    return this.definitions.get(url)?.type;
  }

  root(canonical: string): MutantNode | undefined {
    const url = canonical.split('|', 1)[0] ?? canonical;
    const definition = this.definitions.get(url);
    if (!definition) return undefined;
    const known = this.trees.get(url) ?? treeOf(definition);
    this.trees.set(url, known);
    return known;
  }

  /** Every element below the root, those in slices and in profiles of extensions too. */
  *chainsOf(node: MutantNode, above: ElementChain = []): Generator<ElementChain> {
    const inner = above.length > 0 ? this.inner(node) : undefined;
    // A profile may name itself, at any depth.
    const isKnown = inner === undefined || above.some(({ children }) => children === inner.children);
    for (const each of [...node.children, ...(isKnown ? [] : inner.children)])
      for (const one of [each, ...each.slices]) {
        const chain = [...above, one];
        yield chain;
        yield* this.chainsOf(one, chain);
      }
  }

  private inner({ element }: MutantNode): MutantNode | undefined {
    const [type, ...others] = element.type ?? [];
    const [profile] = type?.profile ?? [];
    return others.length > 0 || profile === undefined ? undefined : this.root(profile);
  }

  placesOf(resource: JsonObject, chain: ElementChain): MutantPlace[] {
    const last = chain.at(-1);
    if (!last) return [];
    return this.objectsOf(resource, chain.slice(0, -1)).flatMap((parent) => this.placesIn(parent, last));
  }

  /** @returns the values of an element that are objects; the resource, of no step */
  objectsOf(resource: JsonObject, chain: ElementChain): JsonObject[] {
    let parents = [resource];
    for (const node of chain)
      parents = parents.flatMap((parent) =>
        this.placesIn(parent, node)
          .flatMap(({ key, ats }) => {
            const values = listOf(parent[key]);
            return ats ? ats.map((at) => values[at]) : values;
          })
          .filter(isJsonObject),
      );
    return parents;
  }

  placesIn(parent: JsonObject, node: MutantNode): MutantPlace[] {
    const [key] = elementKeys(parent, node.name);
    if (key === undefined) return [];
    const values = parent[key];
    if (!node.sliced) return [{ parent, key }];
    if (isChoice(node)) {
      const type = node.element.type?.[0]?.code.toLowerCase();
      return key.slice(node.name.length - '[x]'.length).toLowerCase() === type ? [{ parent, key }] : [];
    }
    if (!Array.isArray(values)) return [];
    const ats = [...values.keys()].filter((at) => this.belongs(values[at], node) === true);
    return ats.length > 0 ? [{ parent, key, ats }] : [];
  }

  /** @returns undefined when it cannot be told */
  belongs(item: unknown, slice: MutantNode): boolean | undefined {
    const discriminators = slice.sliced?.element.slicing?.discriminator ?? [];
    if (discriminators.length === 0) return undefined;
    const answers = discriminators.map(({ type, path }) =>
      type === 'value' || type === 'pattern'
        ? this.follows(item, slice, path === '$this' ? [] : path.split('.'))
        : undefined,
    );
    return answers.includes(undefined) ? undefined : answers.every((each) => each === true);
  }

  private follows(value: unknown, node: MutantNode, [step, ...rest]: readonly string[]): boolean | undefined {
    if (step === undefined) return this.isAsFixed(value, node);
    const child = node.children.find(({ name }) => name === step);
    const [profile] = node.element.type?.[0]?.profile ?? [];
    if (!child && step === 'url' && profile !== undefined)
      return isJsonObject(value) && value['url'] === profile.split('|', 1)[0];
    return child && oneOf(valuesBelow(value, child).map((each) => this.follows(each, child, rest)));
  }

  private isAsFixed(value: unknown, { element, children }: MutantNode): boolean | undefined {
    const fixed = fixedBy(element);
    if (fixed) return isAsSaid(value, fixed);
    const { binding } = element;
    if (binding?.strength === 'required' && binding.valueSet !== undefined)
      return this.codes.has(binding.valueSet, value);
    const answers = children
      .map((child) => oneOf(valuesBelow(value, child).map((each) => this.isAsFixed(each, child))))
      .filter((each) => each !== undefined);
    return answers.length === 0 ? undefined : answers.every(Boolean);
  }
}
