/** The questions to owners about a page: the resources that its includes name. */
import type { Owner } from './definition.ts';
import { pointsAt } from './definition.ts';
import { definitions, ownersOf } from './definitions.ts';
import { invalid, tooCostly } from './outcome.ts';
import { valuesAt } from './path.ts';
import { parseReference, type Resource, type Target } from './resource.ts';
import { type Include, type Includes, parametersOf } from './search-include.ts';

/** Resources of a type that refer to one of several others by a parameter. */
export interface ReverseQuestion {
  type: string;
  parameter: string;
  /** `Type/id` */
  of: string[];
}

export interface RelatedQuestion {
  /** `Type/id` for the current version, `Type/id/_history/n` for that one */
  include: string[];
  revinclude: ReverseQuestion[];
}

/** References in one question: as many as a page of 100 matches with twenty references each has. */
const MAX_REFERENCES = 2_000;

const urlOf = ({ type, id, version }: Target) => `${type}/${id}${version ? `/_history/${version}` : ''}`;

/** Every string called `reference`, however deep. */
function* literalReferences(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, value] of Object.entries(node)) {
    if (name === 'reference' && typeof value === 'string') yield value;
    else yield* literalReferences(value);
  }
}

function targetsOf(include: Include, resource: Resource): Target[] {
  if (include.type !== resource.resourceType) return [];
  const { target } = include;
  return parametersOf(include).flatMap(([, parameter]) =>
    valuesAt(resource, parameter.path)
      .flatMap((value) => parseReference((value as { reference?: unknown } | null)?.reference ?? value) ?? [])
      .filter(({ type }) => (target === undefined ? pointsAt(parameter, type) : type === target)),
  );
}

/** A type that is stored beside its target is searched at the owner of the target. */
function ownersOfReverse(type: string, target: string): readonly Owner[] {
  return definitions.get(type)?.owner === 'beside its target' ? ownersOf(target) : ownersOf(type);
}

/** Collects the question to each service. */
class Questions {
  readonly byOwner = new Map<Owner, RelatedQuestion>();
  private count = 0;

  private at(owner: Owner): RelatedQuestion {
    const question = this.byOwner.get(owner) ?? { include: [], revinclude: [] };
    this.byOwner.set(owner, question);
    this.count += 1;
    if (this.count > MAX_REFERENCES) throw tooCostly();
    return question;
  }

  include(target: Target): void {
    for (const owner of ownersOf(target.type)) this.at(owner).include.push(urlOf(target));
  }

  reverse(type: string, parameter: string, target: Target): void {
    for (const owner of ownersOfReverse(type, target.type)) {
      const { revinclude } = this.at(owner);
      let question = revinclude.find((one) => one.type === type && one.parameter === parameter);
      if (!question) revinclude.push((question = { type, parameter, of: [] }));
      question.of.push(urlOf(target));
    }
  }
}

/**
 * What to ask about resources of a page.
 *
 * @param known references, versioned or not, of what is on the page or was asked for; those asked for now are added
 * @throws OperationError 400 when it is too much
 */
export function questionsAbout(
  resources: readonly Resource[],
  { include, revinclude, plan = [] }: Includes,
  known: Set<string>,
): ReadonlyMap<Owner, RelatedQuestion> {
  const questions = new Questions();
  for (const resource of resources) {
    const referred = include.flatMap((one) => targetsOf(one, resource));
    const ofPlan =
      plan.length === 0 ? [] : [...literalReferences(resource)].flatMap((r) => parseReference(r) ?? []);
    for (const target of [...referred, ...ofPlan.filter(({ type }) => plan.includes(type))]) {
      if (known.has(urlOf(target))) continue;
      known.add(urlOf(target));
      questions.include(target);
    }
    const { resourceType: type, id } = resource;
    for (const one of revinclude) {
      if (one.target !== undefined && one.target !== type) continue;
      for (const [name, parameter] of parametersOf(one))
        if (pointsAt(parameter, type)) questions.reverse(one.type, name, { type, id });
    }
  }
  return questions.byOwner;
}

const badQuestion = () => invalid('Not a question about related resources.');

function references(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((one) => parseReference(one) !== undefined)) throw badQuestion();
  return value as string[];
}

function reverseQuestion(value: unknown): ReverseQuestion {
  const { type, parameter, of } = value as Record<string, unknown>;
  const known =
    typeof type === 'string' &&
    typeof parameter === 'string' &&
    parameter !== '*' &&
    parametersOf({ type, parameter }).length === 1;
  if (!known) throw badQuestion();
  return { type, parameter, of: references(of) };
}

/**
 * Reads a question.
 *
 * @param text JSON
 * @throws OperationError 400 for what {@link questionsAbout} would not have written
 */
export function parseQuestion(text: string): RelatedQuestion {
  try {
    const { include, revinclude } = JSON.parse(text) as Record<string, unknown>;
    if (!Array.isArray(revinclude)) throw badQuestion();
    return { include: references(include), revinclude: revinclude.map(reverseQuestion) };
  } catch {
    throw badQuestion();
  }
}
