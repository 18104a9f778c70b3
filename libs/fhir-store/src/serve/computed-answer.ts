/**
 * An operation that answers with one resource of the plan, or with one that is computed
 * (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md). The service that keeps the plan's own is asked first.
 */
import {
  type Definition,
  definitions,
  MEMBER_TYPE,
  noSuchPath,
  notFound,
  type OperationError,
  parseResource,
  parseSearch,
  type Resource,
  SENSITIVE_CATEGORIES,
} from '@patient-access/fhir';
import { NO_ANSWER_HEADER } from '@patient-access/internal-api';
import { ALL_MEMBERS, type Interaction, NO_MEMBER } from '@patient-access/smart';
import { disclosed } from './access-event.ts';
import type { CallerContext, InteractionResult, OperationRequest } from './engine.ts';
import { refuseOthers } from './named-parameters.ts';
import { type Audienced, part2Headers, part2In } from './part2.ts';
import { type AllowedType, decideForType, queryFor, refusalOf } from './query-for.ts';
import { completeStatement } from '../sql/complete-sql.ts';
import { searchPageStatement } from '../sql/page-sql.ts';
import { readRows } from '../sql/row-scope.ts';
import { readStatement } from '../sql/search-sql.ts';

type Answer = NonNullable<NonNullable<Definition['operations']>[string]['answer']>;

interface Row extends Audienced {
  id: string;
  version_id: string;
  /** JSON, UTF-8 */
  body: Buffer;
}
type CompleteRow = Omit<Row, 'id' | 'version_id'> & { since: string; up_to: Date };

/** How many of the plan's own answers are looked at, the newest first. */
const MAX_ANSWERS = 50;
/** The most resources from which an answer is computed. With more of them one request would do too much work. */
const MAX_COMPUTED = 2_000;

/** One text for all reasons, so that it tells nothing of what there is. */
const noAnswer = (): OperationError =>
  noSuchPath('The plan has sent none, and none can be computed for this app.');

/** @throws OperationError 403 */
function opened(caller: CallerContext, interaction: Interaction, type: string, id?: string): AllowedType {
  const definition = definitions.get(type) as Definition;
  const decision = decideForType(caller, interaction, type, definition, id);
  if (!decision.allowed) throw refusalOf(caller, decision, { interaction, type });
  // The operation is about the records of one member, so a caller without a member gets nothing.
  if ([ALL_MEMBERS, NO_MEMBER].includes(decision.member)) throw notFound();
  return { definition, decision, base: caller.base };
}

const LABELS: readonly string[] = Object.values(SENSITIVE_CATEGORIES).flat();

/** Can nothing of this type be withheld? The token alone decides this. */
const isWhole = ({ decision: { granularFilters, released } }: AllowedType): boolean =>
  granularFilters.some((filters) => filters.length === 0) &&
  LABELS.every((label) => released.includes(label));

const parsed = (row: { body: Buffer }) => parseResource(row.body.toString()) as Resource;

interface Question {
  caller: CallerContext;
  answer: Answer;
  type: string;
  id: string;
  /** does the gateway ask the next service where this one has no answer? */
  asksNext: boolean;
}

const askedBy = ({ type, id }: Question, { decision }: AllowedType) => ({
  about: `${type}/${id}`,
  member: `${MEMBER_TYPE}/${decision.member}`,
  at: new Date(),
});

/** The plan's own answer; without one, nothing that the gateway may send. */
async function ownAnswer(question: Question): Promise<InteractionResult> {
  const { caller, answer, type, id } = question;
  const about = opened(caller, 'read', type, id);
  const answers = opened(caller, 'operation', answer.type);
  const { definition, base } = answers;
  const entries = answer.search.map(([name, value]): [string, string] => [name, value]);
  const search = parseSearch(definition, entries, { base, strict: true, nowMs: Date.now() });
  const page = searchPageStatement(queryFor(caller, answers, answer.type, search.clauses), {
    ...search,
    count: MAX_ANSWERS,
  });
  const [named = [], rows = []] = await readRows<Row>(caller.engine.pool, about.decision, [
    readStatement(queryFor(caller, about, type), id),
    page,
  ]);
  if (named.length === 0) throw notFound();
  const found = rows.slice(0, MAX_ANSWERS).map((row) => ({ row, resource: parsed(row) }));
  const resources = found.map(({ resource }) => resource);
  const own = answer.own(resources, askedBy(question, answers));
  const row = found.find(({ resource }) => resource === own)?.row;
  if (!row && (rows.length > MAX_ANSWERS || !question.asksNext)) throw noAnswer();
  return {
    headers: row ? part2Headers(part2In(caller, answer.type, [row])) : { [NO_ANSWER_HEADER]: 'true' },
    body: row ? [row.body] : [],
    disclosure: {
      interaction: 'search-type',
      type: answer.type,
      ...disclosed(row ? [row] : [], answer.type),
    },
  };
}

/** @throws OperationError 404 unless the plan states that all is here, and the token that nothing is withheld */
async function computed(question: Question): Promise<InteractionResult> {
  const { caller, answer, type, id } = question;
  const about = opened(caller, 'read', type, id);
  const answers = opened(caller, 'operation', answer.type);
  const from = opened(caller, 'operation', answer.from);
  if (![about, answers, from].every(isWhole)) throw noAnswer();
  const statement = completeStatement(queryFor(caller, from, answer.from), MAX_COMPUTED + 1);
  const [rows = []] = await readRows<CompleteRow>(caller.engine.pool, from.decision, [statement]);
  const [first] = rows;
  if (!first || rows.length > MAX_COMPUTED) throw noAnswer();
  const complete = { since: first.since, upTo: first.up_to.toISOString() };
  const resource = answer.compute(rows.map(parsed), askedBy(question, from), complete);
  if (!resource) throw noAnswer();
  return {
    headers: part2Headers(part2In(caller, answer.from, rows)),
    body: [JSON.stringify({ resourceType: answer.type, ...resource })],
    // What it was computed from has not left.
    disclosure: { interaction: 'search-type', type: answer.type, counts: { [answer.type]: 1 } },
  };
}

/**
 * Answers for this service: with the plan's own resource, or with the computed one.
 *
 * @throws OperationError 400 for a parameter, 403 for a token that does not open the types, 404 where there is no answer
 */
export function computedAnswer(
  caller: CallerContext,
  { type, id, operation, asksNext = false }: OperationRequest,
  parameters: [string, string][],
): Promise<InteractionResult> {
  const definition = definitions.get(type);
  const answer = definition?.operations?.[operation]?.answer;
  if (!answer || id === undefined) throw notFound();
  refuseOthers(parameters, ['_format'], `with $${operation}`);
  const question = { caller, answer, type, id, asksNext };
  return caller.engine.owner === definition?.owner ? ownAnswer(question) : computed(question);
}
