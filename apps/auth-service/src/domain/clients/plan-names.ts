/** Names that pass for a plan (security case O15; ADR 59). */
import type { Pool, PoolClient } from 'pg';
import { partsOf, skeleton, nameWords } from './name-words.ts';

/** Words that many plans have in their names. */
const COMMON = new Set(
  'a an and of the health plan plans insurance mutual care medical group company co inc llc corp members member first benefit benefits services service system systems community family american national network life choice'
    .split(' ')
    .map(skeleton),
);
const MIN_PLAN_WORD_CHARACTERS = 3;
/** Shorter words are found only as they are, longer ones also at the start of a word. */
const ACRONYM_CHARACTERS = 4;

const tellingWords = (plan: string): string[] =>
  nameWords(plan).filter((word) => word.length >= MIN_PLAN_WORD_CHARACTERS && !COMMON.has(word));

/** A short name counts only as words of their own: any name has its letters somewhere. */
function isWholeName(words: readonly string[], plan: string): boolean {
  const own = nameWords(plan);
  const letters = own.join('');
  return letters.length > ACRONYM_CHARACTERS
    ? words.join('').includes(letters)
    : ` ${words.join(' ')} `.includes(` ${own.join(' ')} `);
}

/** Whether a name contains the whole name of the plan at which it is registered, or a word that identifies it. */
export function namesThePlan(plain: string, plan: string): boolean {
  const words = nameWords(plain);
  const known = (part: string) => (word: string) =>
    word === part || (part.length > ACRONYM_CHARACTERS && word.startsWith(part));
  return tellingWords(plan).some((part) => words.some(known(part))) || isWholeName(words, plan);
}

/**
 * Whether a name passes for another plan: it has that plan's whole name, or its telling words and nothing beside them but
 * words of plans. `Lakeside Sailing Diary` does not pass for `Lakeside Mutual Health`, and `Lakeside Health Plan` does.
 */
export function namesAnotherPlan(plain: string, plan: string): boolean {
  const telling = tellingWords(plan);
  if (telling.length === 0) return nameWords(plain).join(' ') === nameWords(plan).join(' ');
  if (isWholeName(nameWords(plain), plan)) return true;
  return [nameWords(plain), partsOf(plain).map(skeleton)].some((words) => {
    const others = words.filter((word) => !telling.includes(word));
    const all = telling.every((part) => words.includes(part));
    return all && (others.length === 0 || others.some((word) => COMMON.has(word)));
  });
}

const OTHER_PLANS = `SELECT name, settings -> 'brand' -> 'aliases' AS aliases, settings #>> '{brand,portal,name}' AS portal
  FROM tenant WHERE id <> $1`;

/** @returns the names of the other plans of this installation, and their brands */
export async function otherPlanNames(db: Pool | PoolClient, tenant: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string; aliases: string[] | null; portal: string | null }>(
    OTHER_PLANS,
    [tenant],
  );
  return rows.flatMap(({ name, aliases, portal }) => [
    name,
    ...(aliases ?? []),
    ...(portal === null ? [] : [portal]),
  ]);
}
