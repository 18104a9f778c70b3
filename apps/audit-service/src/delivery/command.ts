/** What each command for dead letters does. */
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import type { EventKeys } from '@patient-access/events';
import { actingUser } from '@patient-access/platform/acting-user';
import { parseCommandLine } from '@patient-access/platform/command-usage';
import { withAuditor } from '../command/connections.ts';
import { checkpointKeysFor } from '../command/keys.ts';
import { keySettings, loadDeliveryConfig } from '../config.ts';
import { closeLetter, readLetter } from './letter-acts.ts';
import { type KeptLetter, replayLetter, waitingLetters } from './replay.ts';
import { isKeptOutside, readPlaces } from '../verify/outside-places.ts';
import { StartCheck } from '../verify/start-check.ts';

const USAGE = `usage: npm run audit:dead-letters --
  list [--id N]                  those that wait; of one its batch too, which is recorded
  replay [--id N]                delivers all or one of them once more
  close --id N --reason <text>   one that can never be stored: it waits no more, which is recorded`;

const say = (line: string) => console.log(line);
const warn = (line: string) => console.error(line);

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

/**
 * As audit-service after its start, this appends to no trail that lacks what was signed of it outside (ADR 127).
 *
 * @returns undefined where nothing is kept outside
 * @throws Error when the places outside that the settings name cannot be read
 */
async function compareWithOutside(): Promise<Pick<StartCheck, 'refusal'> | undefined> {
  const settings = keySettings();
  if (!isKeptOutside(settings)) {
    warn('no place outside is set (CHECKPOINT_LOG, KAFKA_BROKERS): the trail is not compared with anything');
    return undefined;
  }
  const keys = await checkpointKeysFor({});
  return withAuditor(async (auditor) => {
    const onLost = (tenant: string, lane: number, seq: number) =>
      warn(`${tenant}: record ${seq} of lane ${lane}, which was signed outside, is not in its place`);
    const start = new StartCheck({ read: () => readPlaces(settings, keys), auditor, keys, onLost });
    await start.look();
    return start;
  });
}

/** @returns whether all were stored */
async function replay(pool: Pool, keys: EventKeys, id: number | undefined): Promise<boolean> {
  const start = await compareWithOutside();
  const letters = await waitingLetters(pool, id);
  let stored = 0;
  for (const letter of letters) {
    const reason = await replayLetter({ pool, keys, start }, letter);
    if (reason === undefined) stored += 1;
    say(`${letter.id}  ${reason === undefined ? 'stored' : `still none: ${reason.replaceAll('\n', ' ')}`}`);
  }
  say(`${stored} of ${letters.length} dead letters stored`);
  return stored === letters.length;
}

async function close(pool: Pool, id: number, reason: string): Promise<void> {
  await closeLetter(pool, { id, reason, by: actingUser() });
  say(`${id}  closed`);
}

/** What a command does; false: not all of it could be done. */
type Work = (pool: Pool, keys: EventKeys) => Promise<boolean | void>;

const asked = (words: readonly string[]) =>
  parseCommandLine({
    args: [...words],
    allowPositionals: true,
    options: { id: { type: 'string' }, reason: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });

/** @throws Error for what is none of the commands */
function workOf({ values, positionals }: ReturnType<typeof asked>): Work {
  const { id: given, reason } = values;
  const id = given === undefined ? undefined : Number(given);
  if (id !== undefined && !Number.isSafeInteger(id)) throw new Error(USAGE);
  const command = positionals.join(' ');
  if (command === 'close' && id !== undefined && reason) return (pool) => close(pool, id, reason);
  if (reason !== undefined) throw new Error(USAGE);
  if (command === 'replay') return (pool, keys) => replay(pool, keys, id);
  if (command !== 'list') throw new Error(USAGE);
  return id === undefined ? list : (pool) => show(pool, id);
}

async function run(words: readonly string[]): Promise<boolean> {
  const given = asked(words);
  if (given.values.help) {
    say(USAGE);
    return true;
  }
  const work = workOf(given);
  const config = loadDeliveryConfig();
  const pool = await createPool(config.INGEST_DATABASE_URL, { max: 1, ...COMMAND });
  try {
    return (await work(pool, config.EVENT_PUBLIC_KEYS)) !== false;
  } finally {
    await pool.end();
  }
}

/**
 * Runs what was typed behind `npm run audit:dead-letters --`. It prints what it has to say, and sets the exit code of the
 * process.
 */
export async function runDeadLetters(words: readonly string[]): Promise<void> {
  try {
    if (!(await run(words))) process.exitCode = 1;
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
