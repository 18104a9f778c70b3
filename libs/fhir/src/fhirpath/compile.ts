/**
 * Compiles invariants, which are FHIRPath, into functions (docs/adr/0082-compile-invariants-into-functions.md).
 * Nothing here knows a resource type.
 */
import { type Argument, FUNCTIONS, isOfType } from './functions.ts';
import { truthOf, isComplex, type PathItem, itemOf, type PathItems, member, NOTHING, truth } from './item.ts';
import { LOGIC, OPERATORS } from './operators.ts';
import { type Expression, parseExpression, UnsupportedExpression } from './syntax.ts';

/** What `%resource` and its like stand for, and what `resolve()` finds in. */
interface Scope {
  context: PathItem;
  around: Around;
}

type Run = (input: PathItems, self: PathItem, scope: Scope) => PathItems;

/** @returns whether a coded value is in the value set; undefined when the value set is not known */
export type MemberOf = (valueSet: string) => ((value: unknown) => boolean) | undefined;

/** Where the resource cannot say what an invariant asks, e.g. the type behind a `urn:uuid`. */
const UNDECIDED = new Error('undecided');

const CONSTANTS: Readonly<Record<string, string>> = {
  '%ucum': 'http://unitsofmeasure.org',
  '%sct': 'http://snomed.info/sct',
  '%loinc': 'http://loinc.org',
};

const LITERAL_REFERENCE = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/;

const contained = member('contained');

/** The resource that a reference names: a contained one itself; of another one only its type. */
function resolved(value: unknown, { around: { rootResource } }: Scope): PathItem {
  const reference = isComplex(value) ? value['reference'] : value;
  if (typeof reference !== 'string') throw UNDECIDED;
  if (reference.startsWith('#')) {
    const inside = contained([rootResource]);
    const found = inside.find(({ value: each }) => isComplex(each) && `#${String(each['id'])}` === reference);
    return found ?? rootResource;
  }
  const type = LITERAL_REFERENCE.exec(reference)?.[1];
  if (type === undefined) throw UNDECIDED;
  return itemOf({ resourceType: type });
}

const NO_ARGUMENTS: readonly Argument[] = [];

class Compiler {
  private readonly memberOf: MemberOf;

  constructor(memberOf: MemberOf) {
    this.memberOf = memberOf;
  }

  compile(expression: Expression): Run {
    switch (expression.kind) {
      case 'literal': {
        const items = [{ value: expression.value }];
        return () => items;
      }
      case 'nothing':
        return () => NOTHING;
      case 'member':
        return this.member(expression.name);
      case 'variable':
        return this.variable(expression.name);
      case 'call':
        return this.call(expression.name, expression.args);
      case 'step': {
        const [from, to] = [this.compile(expression.from), this.compile(expression.to)];
        return (input, self, scope) => to(from(input, self, scope), self, scope);
      }
      case 'item':
        return this.item(this.compile(expression.of), this.compile(expression.at));
      case 'type':
        return this.type(this.compile(expression.of), expression.operator, expression.type);
      case 'operation':
        return this.operation(expression);
    }
  }

  /** A path may begin with the type of its context. */
  private member(name: string): Run {
    const named = member(name);
    if (!/^[A-Z]/.test(name)) return named;
    return (input) => (input.length > 0 && input.every(({ type }) => type === name) ? input : named(input));
  }

  private variable(name: string): Run {
    if (name === '$this') return (_, self) => [self];
    if (name === '%resource') return (_input, _self, { around: { resource } }) => [resource];
    if (name === '%rootResource') return (_input, _self, { around: { rootResource } }) => [rootResource];
    if (name === '%context') return (_input, _self, { context }) => [context];
    const value = CONSTANTS[name];
    if (value === undefined) throw new UnsupportedExpression(name);
    return () => [{ value }];
  }

  private call(name: string, args: readonly Expression[]): Run {
    const [first] = args;
    const type = first?.kind === 'member' ? first.name : undefined;
    if (name === 'resolve') return (input, _, scope) => input.map(({ value }) => resolved(value, scope));
    if (name === 'memberOf') return this.valueSet(first);
    if (type !== undefined && (name === 'is' || name === 'as' || name === 'ofType'))
      return this.type((input) => input, name === 'is' ? 'is' : 'as', type);
    const called = FUNCTIONS[name];
    if (!called) throw new UnsupportedExpression(`${name}()`);
    const compiled = args.map((each) => this.compile(each));
    if (compiled.length === 0) return (input, self) => called(input, NO_ARGUMENTS, self);
    return (input, self, scope) => {
      const bound = compiled.map(
        (run): Argument =>
          (items, item) =>
            run(items, item, scope),
      );
      return called(input, bound, self);
    };
  }

  private valueSet(argument: Expression | undefined): Run {
    const url = argument?.kind === 'literal' ? String(argument.value) : '';
    const isIn = this.memberOf(url);
    if (!isIn) throw new UnsupportedExpression(`memberOf(${url})`);
    return ([item]) => (item ? truth(isIn(item.value)) : NOTHING);
  }

  /** The index is evaluated from where the expression begins, as `skip` does with its argument. */
  private item(of: Run, at: Run): Run {
    return (input, self, scope) => {
      const [index] = at(input, self, scope);
      const found = typeof index?.value === 'number' ? of(input, self, scope)[index.value] : undefined;
      return found ? [found] : NOTHING;
    };
  }

  private type(of: Run, operator: 'is' | 'as', type: string): Run {
    return (input, self, scope) => {
      const items = of(input, self, scope);
      if (operator === 'as') return items.filter((item) => isOfType(item, type));
      const [item] = items;
      return item ? truth(isOfType(item, type)) : NOTHING;
    };
  }

  private operation({ operator, left, right }: Expression & { kind: 'operation' }): Run {
    const [one, other] = [this.compile(left), this.compile(right)];
    const logic = LOGIC[operator];
    if (logic)
      return (input, self, scope) =>
        logic(truthOf(one(input, self, scope)), () => truthOf(other(input, self, scope)));
    const operate = OPERATORS[operator];
    if (!operate) throw new UnsupportedExpression(operator);
    return (input, self, scope) => operate(one(input, self, scope), other(input, self, scope));
  }
}

/** Decides whether a value breaks an invariant. */
export type IsBroken = (value: unknown, type: string | undefined, around: Around) => boolean;

/** The resources around a value: the resource or contained resource, and the outermost one. */
export interface Around {
  resource: PathItem;
  rootResource: PathItem;
}

/** This is made once for a resource, because most of its elements have invariants. */
export const around = (resource: unknown, rootResource: unknown): Around => ({
  resource: itemOf(resource),
  rootResource: itemOf(rootResource),
});

/**
 * @returns whether a value breaks the invariant; one that nobody can decide is not broken
 * @throws UnsupportedExpression
 */
export function compileInvariant(expression: string, memberOf: MemberOf): IsBroken {
  const run = new Compiler(memberOf).compile(parseExpression(expression));
  return (value, type, around) => {
    const context = itemOf(value, type);
    try {
      return truthOf(run([context], context, { context, around })) === false;
    } catch (error) {
      if (error === UNDECIDED) return false;
      throw error;
    }
  };
}
