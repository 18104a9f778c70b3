/**
 * Where a plan's records are, as each database says itself in its table `plan_database`. Whoever reads or writes asks in
 * the same transaction, so nobody goes on with a database from which the plan has moved
 * (docs/adr/0112-let-each-database-say-where-a-plan-is.md).
 */
import { FIRST_DATABASE } from './setting.ts';

/** What a database says of a plan; undefined: nothing. */
export type Whereabouts = { moved_to: string | null; paused: boolean } | undefined;

/**
 * Do two databases say that they have a plan? Then one of them came from a backup: of before a move, or of the middle of one. Both
 * are paused where a move was stopped in its switch, and nothing was written since.
 *
 * @param first what the first database says, which has each plan of which it says nothing
 * @param further what another one says
 */
export const bothKeepIt = (first: Whereabouts, further: NonNullable<Whereabouts>): boolean =>
  further.moved_to === null &&
  (first === undefined || first.moved_to === null) &&
  !(first?.paused && further.paused);

export const WHERE_IS_PLAN = {
  name: 'where-is-plan',
  text: 'SELECT moved_to, paused FROM plan_database WHERE plan = $1',
  byKey: true,
};

/** From a database to the next one: more moves than an installation ever has between two looks. */
const MOST_STEPS = 8;

/** The plan is in no database that is known here. Then nothing is read or written. */
export class PlanNotFound extends Error {
  override name = 'PlanNotFound';
}

/**
 * @param name of the database that says this
 * @returns the name of the database to ask next; undefined: the plan is here
 * @throws PlanNotFound when a database that is not the first one says nothing: it is not what its name promises
 */
function nextDatabase(name: string, said: Whereabouts): string | undefined {
  if (said) return said.moved_to ?? undefined;
  if (name === FIRST_DATABASE) return undefined;
  throw new PlanNotFound(`the database "${name}" does not say that it has the plan`);
}

/**
 * Goes from database to database until one says that the plan is there.
 *
 * @param from the name of the database to begin with
 * @param ask reads in the database of a name, and what it says in the same transaction
 * @throws PlanNotFound
 */
export async function whereItIs<Result>(
  from: string,
  ask: (name: string) => Promise<{ said: Whereabouts; result: Result }>,
): Promise<{ name: string; result: Result }> {
  let name = from;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { said, result } = await ask(name);
    const next = nextDatabase(name, said);
    if (next === undefined) return { name, result };
    name = next;
  }
  throw new PlanNotFound(`databases point at each other, the last one at "${name}"`);
}
