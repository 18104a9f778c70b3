/** `member letters`: one-time codes on paper, for a file that the plan prints. */
import { inTransaction } from '@patient-access/database';
import { recordAct } from '../../audit/acts.ts';
import { queryOn } from '../../database.ts';
import { letterDigest, newLetterCode } from '../../joining/letters.ts';
import { joiningKey } from '../../joining/joined.ts';
import type { Keys } from '../../keys/secrets.ts';
import { type Administration, actorOf } from '../administration.ts';
import { numberedLines } from './lines.ts';
import { planSpellings } from './plan-spelling.ts';

const BATCH_LINES = 1_000;
const MAX_LINE_BYTES = 256;

/** Somebody whose number has an account gets no letter: there is no second account. */
const KEEP = `
  UPDATE plan_person p
     SET letter = e.value ->> 'digest', letter_until = now() + make_interval(days => $3)
    FROM jsonb_array_elements($2::jsonb) AS e (value)
   WHERE p.tenant = $1 AND p.number = ANY($4::text[]) AND p.number = e.value ->> 'number'
     AND NOT EXISTS (SELECT FROM federated_identity f WHERE f.tenant = p.tenant AND f.number = p.number)
  RETURNING p.number, p.letter_until AS until`;

interface Letter {
  number: string;
  code: string;
  until: Date;
}

export interface LettersResult {
  letters: number;
  rejected: number;
}

export interface LettersOptions {
  /** called for each letter, after its code is stored: the code is nowhere else */
  write(letter: Letter): void;
  reject(text: string): void;
}

/** @param batch the line of each number, as the file writes it @returns also the lines of those who get none */
async function store(
  admin: Administration,
  masters: Keys,
  batch: ReadonlyMap<string, number>,
  days: number,
): Promise<{ letters: Letter[]; without: number[] }> {
  const tenant = admin.tenant.id;
  const key = joiningKey(masters);
  return inTransaction(admin.pool, async (db) => {
    const spelling = await planSpellings(db, admin, [...batch.keys()]);
    const lines = new Map([...batch].map(([written, line]) => [spelling(written).number, line]));
    const codes = new Map([...lines.keys()].map((number) => [number, newLetterCode()]));
    const rows = [...codes].map(([number, code]) => ({
      number,
      digest: letterDigest(key, tenant, number, code),
    }));
    const values = [tenant, JSON.stringify(rows), days, [...codes.keys()]];
    const kept = await queryOn(db)<{ number: string; until: Date }>(KEEP, values);
    if (kept.length > 0) await recordAct(db, actorOf(admin), { action: 'member-letters' });
    const letters = kept.map(({ number, until }) => ({ number, code: codes.get(number) ?? '', until }));
    for (const { number } of letters) lines.delete(number);
    return { letters, without: [...lines.values()] };
  });
}

/**
 * Makes a code for each number of a file. A new code ends the one before.
 *
 * @param file one member number a line
 * @throws Error when the plan does not let members make accounts
 */
export async function makeLetters(
  admin: Administration,
  masters: Keys,
  file: AsyncIterable<Uint8Array>,
  { write, reject }: LettersOptions,
): Promise<LettersResult> {
  const { join } = admin.tenant.settings;
  if (!join) throw new Error(`"${admin.tenant.id}" has no setting "join": see tenant configure`);
  const result: LettersResult = { letters: 0, rejected: 0 };
  let batch = new Map<string, number>();
  const flush = async () => {
    const { letters, without } = await store(admin, masters, batch, join.letterDays);
    for (const letter of letters) write(letter);
    for (const line of without)
      reject(`line ${line}: nobody who may make an account, or somebody who has one`);
    result.letters += letters.length;
    result.rejected += without.length;
    batch = new Map();
  };
  for await (const { number: line, text } of numberedLines(file, MAX_LINE_BYTES)) {
    const number = (text ?? '').trim();
    if (number !== '') batch.set(number, line);
    if (batch.size >= BATCH_LINES) await flush();
  }
  if (batch.size > 0) await flush();
  return result;
}
