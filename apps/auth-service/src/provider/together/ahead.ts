/**
 * What a request has read ahead, for whoever asks for it later in the same request (ADR 120). Each piece is given out once:
 * who asks again wants to know what changed, and reads the database.
 */
import type { Pool } from '@patient-access/database';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Account } from '../../domain/accounts/accounts.ts';
import type { Client } from '../../domain/clients/clients.ts';
import type { OidcRecordRow } from '../../domain/grants/records.ts';
import { type Found, lookAhead, type Named } from './ahead-sql.ts';

interface Ahead {
  tenant: string;
  found: Found;
}

const requests = new AsyncLocalStorage<Ahead>();

/** Reads what the request names, and runs `work`, in which the `take…` functions give it out. */
export async function readingAhead<Result>(
  pool: Pool,
  tenant: string,
  named: Named,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!named.session && !named.interaction && !named.client) return work();
  const found = await lookAhead(pool, tenant, named);
  return requests.run({ tenant, found }, work);
}

function take<Name extends keyof Found>(
  tenant: string,
  name: Name,
  isIt: (found: NonNullable<Found[Name]>) => boolean,
): Found[Name] | undefined {
  const ahead = requests.getStore();
  const value = ahead?.tenant === tenant ? ahead.found[name] : undefined;
  if (!ahead || !value || !isIt(value)) return undefined;
  delete ahead.found[name];
  return value;
}

const BY_ID = { Session: 'session', Interaction: 'interaction', Grant: 'grant' } as const;

/** @returns the record, if this request has read it ahead */
export function takeRecord(tenant: string, model: string, id: string): OidcRecordRow | undefined {
  const name = BY_ID[model as keyof typeof BY_ID] as (typeof BY_ID)[keyof typeof BY_ID] | undefined;
  return name && take(tenant, name, (found) => found.id === id);
}

export const takeSessionByUid = (tenant: string, uid: string): OidcRecordRow | undefined =>
  take(tenant, 'sessionOfInteraction', ({ id }) => id === uid);

export const takeClient = (tenant: string, id: string): Client | undefined =>
  take(tenant, 'client', (client) => client.id === id);

export const takeAccount = (tenant: string, sub: string): Account | undefined =>
  take(tenant, 'account', (account) => account.sub === sub);
