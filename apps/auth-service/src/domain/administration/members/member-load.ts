/** Files about the members of a plan, line by line, in constant memory: `member load` and `member load-people`. */
import { randomUUID } from 'node:crypto';
import { inTransaction } from '@patient-access/database';
import type { PoolClient } from 'pg';
import type { z } from 'zod';
import { recordAct } from '../../audit/acts.ts';
import { queryOn, type RunSql } from '../../database.ts';
import { joiningKey } from '../../joining/joined.ts';
import { setPlanPeople } from '../../joining/plan-people.ts';
import { PlanPerson } from '../../joining/plan-person.ts';
import type { Keys } from '../../keys/secrets.ts';
import { parseInput } from '../../parse-input.ts';
import { type Administration, actorOf } from '../administration.ts';
import { type NumberedLine, numberedLines } from './lines.ts';
import { replacedAmong } from '../persons/merges.ts';
import { besideNewNumbers, holdNumbers, takeOverNumbers } from './new-numbers.ts';
import { changedPlanMembers, PlanMember, setPlanMembers } from './plan-members.ts';
import { planSpellings } from './plan-spelling.ts';
import { parseWritten } from '../written-json.ts';

/**
 * Lines in a transaction. What is committed stays, whatever happens to the next. A `PUT` of a number waits for a group no longer than
 * 1.5 s, as does who logs in with one: 2,000 lines took two to five seconds on a busy machine, and more lines are no faster.
 */
const BATCH_LINES = 500;
/** Of long lines a transaction has fewer, as all of them are in memory, several times over. */
const BATCH_CHARACTERS = 1024 * 1024;
/** A line with a former number takes many statements, and over HTTP `renumber` waits for a group no longer than 1.5 s. */
const BATCH_NEW_NUMBERS = 100;
const MAX_LINE_BYTES = 1024 * 1024;
/**
 * After this many numbers that it set, a load asks for statistics, and again each time that it has set four times as many.
 * Until then Postgres takes a plan that is new beside a large one for empty, and reads all of it for each group of lines.
 */
const FIRST_STATISTICS_NUMBERS = 4_000;
const STATISTICS_GROWTH = 4;
const STATISTICS = 'SELECT analyze_plan_member()';
/** What a load leaves behind when it is killed. */
const STALE = `DELETE FROM member_load_number WHERE loaded_at < now() - interval '7 days'`;
const FORGET = `DELETE FROM member_load_number WHERE load = $1::uuid`;
const SEE = `
  INSERT INTO member_load_number (load, number, tenant)
  SELECT $1::uuid, number, $2 FROM unnest($3::text[]) AS n (number) ON CONFLICT DO NOTHING RETURNING number`;

export interface MemberLoadResult {
  /** lines that are not empty */
  lines: number;
  /** numbers that were set */
  set: number;
  /** numbers for which the plan had said the same before */
  unchanged: number;
  rejected: number;
}

export interface MemberLoadOptions {
  /** called with one line of text for each line that was not loaded */
  reject(text: string): void;
  /** called after each transaction */
  progress?(lineNumber: number): void;
}

interface AboutNumber {
  number: string;
  formerNumber?: string | undefined;
}

/** What the lines of a file say, each about one member number. */
interface KindOfFile<Line extends AboutNumber> {
  schema: z.ZodType<Line>;
  /** of the act in the trail */
  action: string;
  /** @returns why a line is not loaded, by its number */
  refused?(
    db: PoolClient,
    admin: Administration,
    lines: readonly Line[],
  ): Promise<ReadonlyMap<string, string>>;
  /** @returns how many of the lines say something new */
  store(db: PoolClient, admin: Administration, lines: readonly Line[]): Promise<number>;
}

interface Entry<Line> {
  line: number;
  member: Line;
}

/** An entry whose number is written as the plan has it. */
interface SpelledEntry<Line> extends Entry<Line> {
  /** two lines with the same one are about one number */
  key: string;
}

/** What a group of lines comes to. It is told when the group is committed, because the transaction may run again. */
interface Outcome {
  set: number;
  unchanged: number;
  rejected: { line: number; text: string }[];
}

/** @throws Error that says what is wrong, without the content of the line */
function parseLine<Line>({ text }: NumberedLine, schema: z.ZodType<Line>): Line {
  if (text === undefined) throw new Error(`longer than ${MAX_LINE_BYTES} bytes, or not UTF-8`);
  let value: unknown;
  try {
    value = parseWritten(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new Error('not JSON') : error;
  }
  return parseInput(schema, value, (problem) => new Error(problem.text));
}

/** Does the line say no more than how the number is written from now on? */
const changesCase = ({ number, formerNumber }: AboutNumber): boolean =>
  formerNumber?.toLowerCase() === number.toLowerCase();

class Load<Line extends AboutNumber> {
  readonly result: MemberLoadResult = { lines: 0, set: 0, unchanged: 0, rejected: 0 };
  private readonly admin: Administration;
  private readonly options: MemberLoadOptions;
  private readonly kind: KindOfFile<Line>;
  private readonly id = randomUUID();
  private batch: Entry<Line>[] = [];
  private characters = 0;
  private newNumbers = 0;
  private statisticsAt = FIRST_STATISTICS_NUMBERS;

  constructor(admin: Administration, kind: KindOfFile<Line>, options: MemberLoadOptions) {
    this.admin = admin;
    this.kind = kind;
    this.options = options;
  }

  async take(line: NumberedLine): Promise<void> {
    if (line.text?.trim() === '') return;
    this.result.lines += 1;
    try {
      const member = parseLine(line, this.kind.schema);
      this.batch.push({ line: line.number, member });
      this.characters += line.text?.length ?? 0;
      if (member.formerNumber !== undefined) this.newNumbers += 1;
    } catch (error) {
      this.reject(line.number, (error as Error).message);
    }
    if (this.isFull()) await this.flush();
  }

  private isFull(): boolean {
    return (
      this.batch.length >= BATCH_LINES ||
      this.characters >= BATCH_CHARACTERS ||
      this.newNumbers >= BATCH_NEW_NUMBERS
    );
  }

  /** @throws Error that names the lines of the transaction that failed; those before are loaded */
  async flush(): Promise<void> {
    const entries = this.batch;
    this.batch = [];
    this.characters = 0;
    this.newNumbers = 0;
    const [first, last] = [entries[0], entries.at(-1)];
    if (!first || !last) return;
    try {
      const { set, unchanged, rejected } = await inTransaction(this.admin.pool, async (db) => {
        const outcome = await this.store(db, entries);
        if (outcome.set > 0) await recordAct(db, actorOf(this.admin), { action: this.kind.action });
        return outcome;
      });
      for (const { line, text } of rejected) this.reject(line, text);
      this.result.set += set;
      this.result.unchanged += unchanged;
    } catch (error) {
      throw new Error(`lines ${first.line} to ${last.line}: ${(error as Error).message}`, { cause: error });
    }
    if (this.result.set >= this.statisticsAt) await this.renewStatistics();
    this.options.progress?.(last.line);
  }

  async end(): Promise<void> {
    await this.admin.pool.query(FORGET, [this.id]);
    await this.admin.pool.query(STALE);
  }

  /** Outside a transaction, so that its lock is short. */
  private async renewStatistics(): Promise<void> {
    this.statisticsAt = this.result.set * STATISTICS_GROWTH;
    await this.admin.pool.query(STATISTICS);
  }

  private reject(line: number, text: string): void {
    this.result.rejected += 1;
    this.options.reject(`line ${line}: ${text}`);
  }

  /** Of two lines with one number the first counts, so that the same file says the same each time. */
  private async firstOfTheirNumber(
    query: RunSql,
    entries: readonly SpelledEntry<Line>[],
    rejected: Outcome['rejected'],
  ): Promise<Entry<Line>[]> {
    const keys = entries.map(({ key }) => key);
    const seen = await query<{ number: string }>(SEE, [this.id, this.admin.tenant.id, keys]);
    const fresh = new Set(seen.map(({ number }) => number));
    return entries.filter(({ line, key }) => {
      const isFirst = fresh.delete(key);
      if (!isFirst) rejected.push({ line, text: 'its number stands in an earlier line' });
      return isFirst;
    });
  }

  /** Where upper and lower case are the same to the plan, the numbers are those that it has. */
  private async spelled(
    db: PoolClient,
    entries: readonly Entry<Line>[],
    rejected: Outcome['rejected'],
  ): Promise<SpelledEntry<Line>[]> {
    const written = entries.map(({ member }) => member.number);
    const spelling = await planSpellings(db, this.admin, written);
    return entries.flatMap(({ line, member }) => {
      const { number, key, isUnclear } = spelling(member.number);
      if (changesCase(member)) return [{ line, key, member }];
      if (!isUnclear) return [{ line, key, member: { ...member, number } }];
      rejected.push({
        line,
        text: 'the plan has its number in upper and lower case: write it as the plan does',
      });
      return [];
    });
  }

  /** Takes out the lines that say what cannot be so. */
  private async acceptable(
    db: PoolClient,
    entries: readonly Entry<Line>[],
    rejected: Outcome['rejected'],
  ): Promise<Line[]> {
    const members = entries.map(({ member }) => member);
    const refused = await this.kind.refused?.(db, this.admin, members);
    return entries.flatMap(({ line, member }) => {
      const text = refused?.get(member.number);
      if (text === undefined) return [member];
      rejected.push({ line, text });
      return [];
    });
  }

  private async store(db: PoolClient, entries: readonly Entry<Line>[]): Promise<Outcome> {
    const rejected: Outcome['rejected'] = [];
    await besideNewNumbers(db, this.admin.tenant.id);
    const spelled = await this.spelled(db, entries, rejected);
    const first = await this.firstOfTheirNumber(queryOn(db), spelled, rejected);
    const members = await this.acceptable(db, first, rejected);
    const set = await this.kind.store(db, this.admin, members);
    return { set, unchanged: members.length - set, rejected };
  }
}

async function loadFile<Line extends AboutNumber>(
  load: Load<Line>,
  file: AsyncIterable<Uint8Array>,
): Promise<MemberLoadResult> {
  try {
    for await (const line of numberedLines(file, MAX_LINE_BYTES)) await load.take(line);
    await load.flush();
    return load.result;
  } finally {
    await load.end();
  }
}

const RELATIONS: KindOfFile<PlanMember> = {
  schema: PlanMember,
  action: 'member-load',
  async refused(db, { tenant }, members) {
    const patients = members.flatMap((member) => member.patients.map(({ id }) => id));
    const replaced = await replacedAmong(queryOn(db), tenant.id, patients);
    const named = members.filter((member) => member.patients.some(({ id }) => replaced.has(id)));
    return new Map(
      named.map(({ number }) => [
        number,
        'patients: names one who was replaced by another (identity changes)',
      ]),
    );
  },
  async store(db, admin, members) {
    const { id: tenant } = admin.tenant;
    const former = members.flatMap(({ formerNumber }) => formerNumber ?? []);
    const spelling = await planSpellings(db, admin, former);
    const renumbered = members.flatMap(({ formerNumber, number }) =>
      formerNumber === undefined ? [] : [{ former: spelling(formerNumber).number, number }],
    );
    await holdNumbers(db, tenant, renumbered);
    const changed = await changedPlanMembers(queryOn(db), tenant, members);
    if (changed.length > 0) await setPlanMembers(queryOn(db), tenant, changed);
    await takeOverNumbers(db, admin, renumbered);
    return changed.length;
  },
};

/**
 * Sets whose data the bearers of member numbers may see. A line that cannot be read is reported and left out. Lines are
 * committed in groups: an interrupted load is begun again with the same file, whose lines that were loaded change nothing.
 *
 * @param file NDJSON, one `{ number, patients }` a line
 * @throws Error when the database refuses; it names the lines
 */
export const loadPlanMembers = (
  admin: Administration,
  file: AsyncIterable<Uint8Array>,
  options: MemberLoadOptions,
): Promise<MemberLoadResult> => loadFile(new Load(admin, RELATIONS, options), file);

/**
 * Sets who may make an account alone, and where a code reaches them; like {@link loadPlanMembers}.
 *
 * @param masters KEY_ENCRYPTION_KEY
 * @param file NDJSON, one {@link PlanPerson} a line
 */
export function loadPlanPeople(
  admin: Administration,
  masters: Keys,
  file: AsyncIterable<Uint8Array>,
  options: MemberLoadOptions,
): Promise<MemberLoadResult> {
  const key = joiningKey(masters);
  const people: KindOfFile<PlanPerson> = {
    schema: PlanPerson,
    action: 'member-load-people',
    store: (db, { tenant }, lines) => setPlanPeople(queryOn(db), key, tenant, lines),
  };
  return loadFile(new Load(admin, people, options), file);
}
