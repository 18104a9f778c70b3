/** Who gets the code with which somebody makes an account: the person of whom the plan has the address, or nobody. */
import type { PoolClient } from 'pg';
import { countCode, findPerson, type JoinRefusal, ownAddress } from '../joining/find-person.ts';
import type { Keys } from '../keys/secrets.ts';
import { TenantSettings } from '../tenant/settings.ts';
import { type AskedToJoin, openAbout } from './mail-queue.ts';
import type { MailRow } from './mail-row.ts';

/** Why no code was sent; only the trail says so. */
export type JoinMailRefusal = JoinRefusal | 'no-address' | 'shared-address' | 'too-many-codes';

/** To whom the code goes, and what it is good for. */
interface Joiner {
  sub: string;
  binding: string;
  address: string;
  language: string | null;
  member?: string;
  instead?: typeof KNOWN | typeof KNOWN_BY_TEXT;
}

/** Somebody who has an account is told so, at the address that the plan has. */
const KNOWN = { kind: 'join-known', reason: 'has-account' } as const;
const KNOWN_BY_TEXT = { kind: 'join-text-known', reason: 'has-account' } as const;

/** @param keys of mails and of joining */
export async function findJoiner(
  client: PoolClient,
  { tenant: id, kind, about, settings, language }: MailRow,
  { key, joiningKey }: { key: Keys; joiningKey: Keys },
): Promise<Joiner | { reason: JoinMailRefusal; member?: string }> {
  if (!about) return { reason: 'unknown-person' };
  const asked = JSON.parse(openAbout(key, id, about)) as AskedToJoin;
  const tenant = { id, settings: TenantSettings.parse(settings) };
  const { found, refusal } = await findPerson(client, joiningKey, tenant, asked);
  const isKnown = refusal === 'has-account';
  const member = found?.patient;
  if (!found || (refusal && !isKnown)) return { reason: refusal ?? 'unknown-person', member };
  const own = await ownAddress(client, id, found, kind === 'join-text' ? 'phone' : 'email');
  if ('refusal' in own) return { reason: isKnown ? 'has-account' : own.refusal, member };
  if (!(await countCode(client, id, found.number))) return { reason: 'too-many-codes', member };
  const { attempt: sub, page: binding } = asked;
  const instead = kind === 'join-text' ? KNOWN_BY_TEXT : KNOWN;
  return { sub, binding, address: own.address, language, member, ...(isKnown && { instead }) };
}
