/** Applications as rows. Each step is a change of the state, made with the row locked, so two people never decide both. */
import { ActRefused } from '../act-refused.ts';
import type { Queryable } from '../database.ts';
import { isUuid } from '../uuid.ts';
import type { ApplicationContent } from './content.ts';

export type ApplicationState = 'submitted' | 'asked-back' | 'approved' | 'rejected' | 'withdrawn';

export interface Application {
  id: string;
  developer: string;
  /** of the developer's account */
  email: string;
  client: string | null;
  isChange: boolean;
  state: ApplicationState;
  content: ApplicationContent;
  words: string | null;
  /** it grows with each step */
  version: number;
  createdAt: Date;
  changedAt: Date;
}

/** Each step, with the states that it may start from. */
const STEPS = {
  submit: { from: ['submitted', 'asked-back'], to: 'submitted' },
  withdraw: { from: ['submitted', 'asked-back'], to: 'withdrawn' },
  'ask-back': { from: ['submitted'], to: 'asked-back' },
  approve: { from: ['submitted'], to: 'approved' },
  reject: { from: ['submitted', 'asked-back'], to: 'rejected' },
} as const satisfies Record<string, { from: readonly ApplicationState[]; to: ApplicationState }>;

export type Step = keyof typeof STEPS;

/** The step cannot be made: somebody else was faster, or the application is over. */
export class ApplicationRefused extends ActRefused {
  override name = 'ApplicationRefused';
}

const FIND = `SELECT a.id, a.developer, d.email, a.client, a.is_change AS "isChange", a.state, a.content, a.words, a.version,
    a.created_at AS "createdAt", a.changed_at AS "changedAt"
  FROM application a JOIN developer d ON d.tenant = a.tenant AND d.id = a.developer
 WHERE a.tenant = $1`;
const ONE = `${FIND} AND a.id = $2::uuid`;
const OF_DEVELOPER = `${FIND} AND a.developer = $2::uuid ORDER BY a.created_at DESC, a.id LIMIT 200`;
const OF_STATE = `${FIND} AND ($2::text IS NULL OR a.state = $2) ORDER BY a.created_at, a.id LIMIT 1000`;
const INSERT = `INSERT INTO application (tenant, developer, client, is_change, content)
  VALUES ($1, $2, $3::text, $3::text IS NOT NULL, $4) ON CONFLICT DO NOTHING RETURNING id`;
const MOVE = `UPDATE application SET state = $3, words = coalesce($4, words), content = coalesce($5::jsonb, content),
    client = coalesce($6, client), version = version + 1, changed_at = now()
  WHERE tenant = $1 AND id = $2`;

/** @returns the application, whosever it is */
export async function findApplication(
  db: Queryable,
  tenant: string,
  id: string,
  lock?: 'lock',
): Promise<Application | undefined> {
  if (!isUuid(id)) return undefined;
  const text = lock ? `${ONE} FOR UPDATE OF a` : ONE;
  return (await db.query<Application>(text, [tenant, id])).rows[0];
}

/** The newest first. */
export const applicationsOf = async (
  db: Queryable,
  tenant: string,
  developer: string,
): Promise<Application[]> => (await db.query<Application>(OF_DEVELOPER, [tenant, developer])).rows;

/** The oldest first. @param state undefined: all */
export const listApplications = async (
  db: Queryable,
  tenant: string,
  state?: ApplicationState,
): Promise<Application[]> => (await db.query<Application>(OF_STATE, [tenant, state ?? null])).rows;

/** @param client that it would change @returns its id; undefined if a change of the client is proposed already */
export async function insertApplication(
  db: Queryable,
  tenant: string,
  { developer, client, content }: { developer: string; client?: string; content: ApplicationContent },
): Promise<string | undefined> {
  const values = [tenant, developer, client ?? null, JSON.stringify(content)];
  return (await db.query<{ id: string }>(INSERT, values)).rows[0]?.id;
}

/** @throws ApplicationRefused unless the step may be made now */
export function checkStep({ state }: Pick<Application, 'state'>, step: Step): void {
  const { from } = STEPS[step];
  if (!from.some((each) => each === state)) throw new ApplicationRefused(`the application is ${state}`);
}

/**
 * Makes a step of a locked application, for which {@link checkStep} was asked.
 *
 * @param change what it sets besides the state
 */
export async function moveApplication(
  db: Queryable,
  tenant: string,
  { id }: Application,
  step: Step,
  change: { words?: string; content?: ApplicationContent; client?: string } = {},
): Promise<void> {
  const { to } = STEPS[step];
  const { words, content, client } = change;
  const values = [words ?? null, content ? JSON.stringify(content) : null, client ?? null];
  await db.query(MOVE, [tenant, id, to, ...values]);
}

/** Does the developer or the plan still have to do something? */
export const isOpen = ({ state }: Pick<Application, 'state'>): boolean =>
  STEPS.withdraw.from.some((each) => each === state);
