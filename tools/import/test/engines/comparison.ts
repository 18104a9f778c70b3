/** Evaluates invariants with the engine of the import and with another one, and counts where they differ. */
import { around, compileInvariant, type Resource } from '@patient-access/fhir';
import { holdsForOther } from '../mutants/other-engine.ts';
import type { Evaluation } from './evaluations.ts';

/** Most invariants are about every element: more of the same would tell nothing new. */
const OF_ONE = 400;

/**
 * To the other engine a reference that it cannot follow refers to nothing, and not to what is asked. The import does not
 * say that an invariant is broken if the reference names no type (ADR 82).
 */
const isOfUnknownTarget = (expression: string, value: unknown) =>
  expression.includes('resolve()') &&
  !/"reference":"(?:[^"]*\/)?[A-Z][A-Za-z]+\/[^"]+"/.test(JSON.stringify(value));

/** The other engine finds no descendants of anything, and so takes each contained resource for one that nothing refers to. */
const asksForDescendants = (expression: string) => expression.includes('descendants()');

type IsBroken = ReturnType<typeof compileInvariant>;

/** The other engine has no value sets, so what asks for one is compared nowhere. */
const compiled = new Map<string, IsBroken | undefined>();

function compiledOf(expression: string): IsBroken | undefined {
  if (!compiled.has(expression)) {
    try {
      compiled.set(
        expression,
        compileInvariant(expression, () => undefined),
      );
    } catch {
      compiled.set(expression, undefined);
    }
  }
  return compiled.get(expression);
}

export class Comparison {
  private readonly times = new Map<string, number>();
  /** keys of those that the import's engine does not have */
  readonly refused = new Set<string>();
  /** keys of those that were never decided */
  private readonly silent = new Set<string>();
  private readonly answered = new Set<string>();
  readonly differing = new Map<string, number>();
  same = 0;
  broken = 0;
  undecided = 0;

  see({ key, expression, value, type }: Evaluation, resource: Resource): void {
    const times = this.times.get(expression) ?? 0;
    this.times.set(expression, times + 1);
    if (times >= OF_ONE) return;
    const isBroken = compiledOf(expression);
    if (!isBroken) {
      this.refused.add(key);
      return;
    }
    const canOtherSay = !asksForDescendants(expression) && !isOfUnknownTarget(expression, value);
    const other = canOtherSay ? holdsForOther(expression, value, resource) : undefined;
    (other === undefined ? this.silent : this.answered).add(key);
    if (other === undefined) this.undecided += 1;
    else this.note(key, isBroken(value, type, around(resource, resource)), !other);
  }

  private note(key: string, isOurs: boolean, isOther: boolean): void {
    if (isOurs !== isOther) this.differing.set(key, (this.differing.get(key) ?? 0) + 1);
    else this.same += 1;
    if (isOurs && isOther) this.broken += 1;
  }

  get invariants(): number {
    return this.times.size;
  }

  get lines(): string[] {
    const silent = [...this.silent].filter((key) => !this.answered.has(key)).sort();
    return [
      `${this.invariants} invariants: ${this.same} answers are the same (${this.broken} of them: broken), undecided ${this.undecided}`,
      `differing: ${[...this.differing].map(([key, times]) => `${key} (${times})`).join(', ') || 'none'}`,
      `not compiled without value sets: ${[...this.refused].sort().join(', ') || 'none'}`,
      `never decided: ${silent.join(', ') || 'none'}`,
    ];
  }
}
