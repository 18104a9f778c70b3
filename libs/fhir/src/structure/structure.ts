/** Checks whether a resource is valid R4: its elements, their cardinality, and their content. */
import { reasonAgainst } from './primitives.ts';
import type { Resource } from '../resource.ts';
import { elementShape, type ElementRule, resourceShape, type Shape } from './shape.ts';

/** What is wrong and where. It never quotes the resource. */
export interface StructureError {
  /** e.g. `Observation.component[2].valueQuantity.value` */
  location: string;
  reason: string;
}

/** Further errors would tell nothing new. */
const MAX_ERRORS = 10;

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A possible name of an element. Any other name is text of the resource and is not reported. */
const ELEMENT_NAME = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;

class StructureCheck {
  readonly errors: StructureError[] = [];

  /** Checks the elements of one object. Locations begin below it, and the caller puts its own name in front. */
  object(value: Json, shape: Shape): void {
    let seen = 0;
    const names = Object.keys(value);
    if (names.length === 0) return this.fault('', 'empty');
    for (const name of names) {
      const rule = shape.elements.get(name);
      if (rule === undefined) {
        seen |= this.beside(value, name, shape, seen);
        continue;
      }
      this.once(value, name, rule, { shape, seen });
      seen |= rule.bit;
      const found = value[name];
      if (!rule.isList) this.one(found, rule, name);
      else if (!Array.isArray(found)) this.fault(`.${name}`, 'has to be a list');
      else this.list(found, rule, name, value);
      if (this.errors.length >= MAX_ERRORS) return;
    }
    if ((seen & shape.required) !== shape.required) this.missing(seen, shape);
  }

  /**
   * Checks members of JSON that the table does not have: the type of a resource, and the id and extensions of a
   * primitive.
   */
  private beside(value: Json, name: string, shape: Shape, seen: number): number {
    if (name === 'resourceType' && shape.isResource) return 0;
    const rule = name.startsWith('_') ? shape.elements.get(name.slice(1)) : undefined;
    if (rule?.test === undefined) {
      this.fault(ELEMENT_NAME.test(name) ? `.${name}` : '', 'unknown element');
      return 0;
    }
    this.once(value, name.slice(1), rule, { shape, seen });
    const more: ElementRule = {
      isList: rule.isList,
      type: 'Element',
      path: 'Element',
      bit: 0,
      shape: elementShape,
    };
    const found = value[name];
    if (!rule.isList) this.one(found, more, name);
    else if (!Array.isArray(found)) this.fault(`.${name}`, 'has to be a list');
    else for (const [at, item] of found.entries()) if (item !== null) this.one(item, more, `${name}[${at}]`);
    return rule.bit;
  }

  /** A choice has one type. A primitive and its extensions are one, in either order. */
  private once(
    value: Json,
    name: string,
    rule: ElementRule,
    { shape, seen }: { shape: Shape; seen: number },
  ) {
    if (rule.choice === undefined || (seen & rule.bit) === 0) return;
    const isOther = (plain: string) => plain !== name && shape.elements.get(plain)?.choice === rule.choice;
    if (Object.keys(value).some((each) => isOther(each.replace(/^_/, ''))))
      this.fault('', `more than one ${rule.choice}`);
  }

  private list(items: unknown[], rule: ElementRule, name: string, parent: Json): void {
    if (items.length === 0) this.fault(`.${name}`, 'empty');
    for (let at = 0; at < items.length; at += 1) {
      const item = items[at];
      if (item === null && rule.test && hasMore(parent[`_${name}`], at)) continue;
      const before = this.errors.length;
      this.one(item, rule, name);
      if (this.errors.length > before) this.within(before, `.${name}`.length, `[${at}]`);
      if (this.errors.length >= MAX_ERRORS) return;
    }
  }

  private one(value: unknown, rule: ElementRule, name: string): void {
    if (rule.test) {
      if (!rule.test(value)) this.fault(`.${name}`, reasonAgainst(value, rule.type));
      return;
    }
    if (!isObject(value)) return this.fault(`.${name}`, Array.isArray(value) ? 'is a list' : 'not an object');
    const shape = rule.shape ? rule.shape() : resourceShape(value['resourceType']);
    if (!shape) return this.fault(`.${name}`, 'not a resource of R4');
    const before = this.errors.length;
    this.object(value, shape);
    for (let at = before; at < this.errors.length; at += 1) {
      const report = this.errors[at] as StructureError;
      report.location = `.${name}${report.location}`;
    }
  }

  /** Adds an index to the locations of the latest faults. */
  private within(from: number, length: number, index: string): void {
    for (const fault of this.errors.slice(from))
      fault.location = fault.location.slice(0, length) + index + fault.location.slice(length);
  }

  private missing(seen: number, shape: Shape): void {
    for (const [bit, name] of shape.names)
      if ((shape.required & ~seen & bit) !== 0) this.fault(`.${name}`, 'missing');
  }

  private fault(location: string, reason: string): void {
    if (this.errors.length < MAX_ERRORS) this.errors.push({ location, reason });
  }
}

function hasMore(siblings: unknown, at: number): boolean {
  return Array.isArray(siblings) && isObject(siblings[at]);
}

/**
 * Checks a resource against the R4 definition of its type, including contained resources: unknown elements,
 * cardinality, choices, formats of primitives. It does not check bindings, invariants or the types of references.
 *
 * @returns ten faults at most; none for a valid resource
 */
export function structureErrors(resource: Resource): StructureError[] {
  const shape = resourceShape(resource.resourceType);
  if (!shape) return [{ location: '', reason: 'unknown resource type' }];
  const check = new StructureCheck();
  check.object(resource, shape);
  for (const fault of check.errors) fault.location = resource.resourceType + fault.location;
  return check.errors;
}
