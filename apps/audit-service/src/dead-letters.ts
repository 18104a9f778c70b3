/** `npm run audit:dead-letters -- list|replay [--id N]`: lists messages that could not be stored, or tries again. */
import { parseArgs } from 'node:util';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import type { EventKeys } from '@patient-access/events';
import { actingUser } from './command/options.ts';
import { loadDeliveryConfig } from './config.ts';
import { readLetter } from './delivery/letter-acts.ts';
import { type KeptLetter, replayLetter, waitingLetters } from './delivery/replay.ts';

const USAGE = 'usage: npm run audit:dead-letters -- list|replay [--id N]';

const say = (line: string) => process.stdout.write(`${line}\n`);

const lineOf = ({ id, receivedAt, producer, reason }: KeptLetter) =>
  `${id}  ${receivedAt}  ${producer ?? '-'}  ${reason.replaceAll('\n', ' ')}`;

async function list(pool: Pool): Promise<void> {
  const letters = await waitingLetters(pool);
  for (const letter of letters) say(lineOf(letter));
  say(`${letters.length} dead letters`);
}

/** One with its batch. */
async function show(pool: Pool, id: number): Promise<void> {
  const letter = await readLetter(pool, id, actingUser());
  if (letter) say(`${lineOf(letter)}\n${letter.body}`);
  say(`${letter ? 1 : 0} dead letters`);
}

/** @returns whether all were stored */
async function replay(pool: Pool, keys: EventKeys, id: number | undefined): Promise<boolean> {
  const letters = await waitingLetters(pool, id);
  let stored = 0;
  for (const letter of letters) {
    const reason = await replayLetter(pool, keys, letter);
    if (reason === undefined) stored += 1;
    say(`${letter.id}  ${reason === undefined ? 'stored' : `still none: ${reason.replaceAll('\n', ' ')}`}`);
  }
  say(`${stored} of ${letters.length} dead letters stored`);
  return stored === letters.length;
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { id: { type: 'string' } } });
  const [command] = positionals;
  const id = values.id === undefined ? undefined : Number(values.id);
  const known = (command === 'list' || command === 'replay') && positionals.length === 1;
  if (!known || (id !== undefined && !Number.isSafeInteger(id))) throw new Error(USAGE);
  const config = loadDeliveryConfig();
  const pool = await createPool(config.INGEST_DATABASE_URL, { max: 1, ...COMMAND });
  try {
    if (command === 'replay') return await replay(pool, config.EVENT_PUBLIC_KEYS, id);
    await (id === undefined ? list(pool) : show(pool, id));
    return true;
  } finally {
    await pool.end();
  }
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
