/**
 * Checks what R4 asks besides structure: required bindings, targets of references, invariants that are errors. Also whether
 * codes exist, and what the definitions of this product add.
 */
import { definitions } from '../definitions.ts';
import { type Around, around, compileInvariant, type IsBroken, type MemberOf } from '../fhirpath/compile.ts';
import type { Resource } from '../resource.ts';
import { type ElementRule, resourceShape, type Shape } from '../structure/shape.ts';
import type { KnownCodes, SaidDates } from './known-codes.ts';
import { MAX_FINDINGS, type ProfileFinding } from './finding.ts';
import { isObject } from './match.ts';
import { r4FactsAt, type R4Invariant } from './r4-facts.ts';
import { typeOfTarget } from './reference-target.ts';
import { ElementTrail } from './trail.ts';
import { type Expansion, isIn, type ValueSets } from './value-sets.ts';

interface CompiledInvariant {
  key: string;
  isBroken: IsBroken;
  /** this product asks it, and R4 does not */
  isOwn: boolean;
}
interface Compiled {
  binding?: { valueSet: string; codes: Expansion };
  targets?: readonly string[];
  invariants: CompiledInvariant[];
}

/** The datatype of a code with its system. */
const CODED = 'Coding';

const NOTHING: Compiled = { invariants: [] };

/** The rules of R4, compiled when an element first occurs. */
export class BaseRules {
  private readonly elements = new Map<ElementRule, Compiled>();
  private readonly types = new Map<Shape, Compiled['invariants']>();
  private readonly valueSets: ValueSets;
  private readonly memberOf: MemberOf;
  readonly codes: KnownCodes;

  constructor(valueSets: ValueSets, memberOf: MemberOf, codes: KnownCodes) {
    this.valueSets = valueSets;
    this.memberOf = memberOf;
    this.codes = codes;
  }

  ofElement(rule: ElementRule): Compiled {
    let known = this.elements.get(rule);
    if (known === undefined) this.elements.set(rule, (known = this.compiled(pathOf(rule))));
    return known;
  }

  /** The invariants of a type and of those whose elements it has too, and what this product's definition adds. */
  ofType(shape: Shape): Compiled['invariants'] {
    let known = this.types.get(shape);
    if (known === undefined) {
      known = shape.types.flatMap((type) => [
        ...this.invariants([...ofR4(type), ...(SAID_IN_TEXT[type] ?? [])]),
        ...this.invariants(ofDefinition(type), true),
      ]);
      this.types.set(shape, known);
    }
    return known;
  }

  private compiled(path: string): Compiled {
    const { binding: valueSet, targets, invariants = [] } = r4FactsAt(path) ?? NOTHING_KNOWN;
    const codes = valueSet === undefined ? undefined : this.valueSets.expand(valueSet);
    if (!codes && !targets && invariants.length === 0) return NOTHING;
    return {
      ...(codes && valueSet !== undefined && { binding: { valueSet, codes } }),
      ...(targets && { targets }),
      invariants: this.invariants(invariants),
    };
  }

  private invariants(invariants: readonly R4Invariant[], isOwn = false): CompiledInvariant[] {
    return invariants.map(({ key, expression }) => ({
      key,
      isBroken: compileInvariant(expression, this.memberOf),
      isOwn,
    }));
  }
}

const NOTHING_KNOWN: { binding?: string; targets?: string[]; invariants: R4Invariant[] } = { invariants: [] };

/** An element whose content another element defines has the rules of that element. */
const pathOf = ({ type, path }: ElementRule) => (type.startsWith('#') ? type.slice(1) : path);
const ofR4 = (type: string): readonly R4Invariant[] => r4FactsAt(type)?.invariants ?? [];
const ofDefinition = (type: string): R4Invariant[] =>
  Object.entries(definitions.get(type)?.invariants ?? {}).map(([key, expression]) => ({ key, expression }));

/** R4 asks this in its text alone: a reference to one of two contained resources of the same id leads to either. */
const SAID_IN_TEXT: Readonly<Record<string, readonly R4Invariant[]>> = {
  DomainResource: [{ key: 'contained-ids-differ', expression: 'contained.id.isDistinct()' }],
};

class BaseCheck {
  /** what breaks a rule of R4 */
  private readonly breaches: ProfileFinding[] = [];
  /** codes that do not exist, and rules of this product; apart, so that however many there are, all breaches are found */
  private readonly others: ProfileFinding[] = [];
  private readonly rules: BaseRules;
  private readonly root: Resource;
  /** the resource or contained resource that is being walked through */
  private around: Around;
  private readonly trail: ElementTrail;
  private readonly dates: () => SaidDates;

  constructor(rules: BaseRules, root: Resource, dates: () => SaidDates) {
    this.rules = rules;
    this.dates = dates;
    this.root = root;
    this.around = around(root, root);
    this.trail = new ElementTrail(root.resourceType);
  }

  get found(): BaseResult {
    const findings = [...this.breaches, ...this.others].slice(0, MAX_FINDINGS);
    return { findings, isSound: this.breaches.length === 0 };
  }

  object(value: Record<string, unknown>, shape: Shape, type: string): void {
    if (type === CODED) this.code(value);
    for (const { key, isBroken, isOwn } of this.rules.ofType(shape))
      if (isBroken(value, type, this.around)) this.note('invariant', key, isOwn);
    for (const name in value) {
      const rule = shape.elements.get(name);
      if (rule === undefined) continue;
      const found = value[name];
      this.trail.push(name);
      if (Array.isArray(found)) this.list(found, rule);
      else this.one(found, rule);
      this.trail.pop();
    }
  }

  private list(items: readonly unknown[], rule: ElementRule): void {
    for (let at = 0; at < items.length; at += 1) {
      this.trail.push(at);
      this.one(items[at], rule);
      this.trail.pop();
    }
  }

  private one(value: unknown, rule: ElementRule): void {
    const { binding, targets, invariants } = this.rules.ofElement(rule);
    if (binding && value !== null && !isIn(binding.codes, value)) this.note('binding', binding.valueSet);
    if (targets) this.target(value, targets);
    for (const { key, isBroken } of invariants)
      if (isBroken(value, rule.type, this.around)) this.note('invariant', key);
    if (!isObject(value)) return;
    if (rule.shape) this.object(value, rule.shape(), rule.type);
    else this.inner(value);
  }

  /** A code that does not exist, whatever the binding of the element. */
  private code({ system, code }: Record<string, unknown>): void {
    if (typeof system !== 'string' || typeof code !== 'string') return;
    if (this.rules.codes.exists(system, code, this.dates) === false) this.note('code', system, true);
  }

  private target(value: unknown, targets: readonly string[]): void {
    const type = typeOfTarget(value, this.root);
    if (type !== undefined && !targets.includes(type)) this.note('target', targets.join('|'));
  }

  /** A resource inside the resource. */
  private inner(value: Record<string, unknown>): void {
    const type = value['resourceType'];
    const shape = resourceShape(type);
    if (!shape) return;
    const outer = this.around;
    this.around = around(value, this.root);
    this.object(value, shape, String(type));
    this.around = outer;
  }

  private note(rule: ProfileFinding['rule'], expected: string, isOther = false): void {
    const found = isOther ? this.others : this.breaches;
    if (found.length >= MAX_FINDINGS) return;
    found.push({ location: this.trail.location, rule, expected });
  }
}

interface BaseResult {
  findings: ProfileFinding[];
  /** it breaks no rule of R4 */
  isSound: boolean;
}

/**
 * @param dates of the resource
 * @returns what the resource lacks of what R4 and this product ask; its structure was checked before
 */
export function checkBase(rules: BaseRules, resource: Resource, dates: () => SaidDates): BaseResult {
  const shape = resourceShape(resource.resourceType);
  if (!shape) return { findings: [], isSound: true };
  const check = new BaseCheck(rules, resource, dates);
  check.object(resource, shape, resource.resourceType);
  return check.found;
}
