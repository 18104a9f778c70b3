/** What a developer does with the clients of the own account: the same rules as at the registration endpoint. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { PoolClient } from 'pg';
import { endGrantsOfClient } from '../clients/end-client-grants.ts';
import { type Actor, recordAct } from '../audit/acts.ts';
import {
  type Client,
  deleteClient,
  findOwned,
  insertClient,
  listOwned,
  lockOwned,
  replaceSecret,
  replaceSecretByHand,
  setMetadata,
} from '../clients/clients.ts';
import { newClientId, newRandomSecret, secretFor } from '../clients/credentials.ts';
import { type ClientMetadata, parseMetadata } from '../clients/metadata.ts';
import { otherPlanNames } from '../clients/plan-names.ts';
import { invalidMetadata } from '../clients/registration-error.ts';
import { type LogoChange, settleLogo } from '../logos/logos.ts';
import { countRegistration } from '../registration/registration-limit.ts';
import { askThePlan, isCheckedByPlan, replacedMetadata } from '../registration/self-registration.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { type DeveloperAccount, DEVELOPERS } from './developers.ts';
import { postOnce } from './posted-once.ts';

const MAX_CLIENTS = 50;
const OVERLAP_SECONDS = 24 * 3_600;

/** A developer at work, at one plan. */
export interface OwnWork {
  pool: Pool;
  tenant: Tenant;
  developer: DeveloperAccount;
  address: string;
  requestId: string;
}

export const developerActor = ({ tenant, developer, address, requestId }: OwnWork): Actor => ({
  tenant: tenant.id,
  user: { iss: DEVELOPERS, sub: developer.id },
  address,
  requestId,
});

export const listOwnApps = ({ pool, tenant, developer }: OwnWork): Promise<Client[]> =>
  listOwned(pool, tenant.id, developer.id);

/** @returns undefined for a client of somebody else, which is the same as none */
export const findOwnApp = ({ pool, tenant, developer }: OwnWork, id: string): Promise<Client | undefined> =>
  findOwned(pool, tenant.id, id, developer.id);

/**
 * Elsewhere than at a preview plan a logo needs the plan's eye, as part of an application.
 *
 * @throws RegistrationError
 */
async function withLogo(
  db: PoolClient,
  { tenant, developer }: OwnWork,
  metadata: ClientMetadata,
  change: LogoChange,
): Promise<ClientMetadata> {
  if (change instanceof Buffer && tenant.kind !== 'preview')
    throw invalidMetadata('logo: at this plan it needs an application');
  const where = { tenant: tenant.id, developer: developer.id };
  return { ...metadata, logo: await settleLogo(db, where, change, metadata.logo) };
}

/**
 * Registers a client at once. It is not verified.
 *
 * @param input client metadata (RFC 7591)
 * @param once see `postOnce`
 * @returns its id, and its secret if it has one, which is not shown again
 * @throws RegistrationError; PostedBefore
 */
export function registerOwnApp(
  work: OwnWork,
  input: unknown,
  { logo, once }: { logo: LogoChange; once: string | null },
): Promise<{ id: string; secret?: string }> {
  const { pool, tenant, developer, address } = work;
  return inTransaction(pool, async (db) => {
    await postOnce(db, { tenant: tenant.id, developer: developer.id }, once);
    const otherPlans = await otherPlanNames(db, tenant.id);
    const parsed = parseMetadata(input, { tenant, trusted: false, otherPlans });
    if ((await listOwned(db, tenant.id, developer.id)).length >= MAX_CLIENTS)
      throw invalidMetadata(`one account has at most ${MAX_CLIENTS} apps: delete one that you do not use`);
    await countRegistration(db, tenant, address);
    const metadata = await withLogo(db, work, parsed, logo);
    const [id, secret] = [newClientId(), secretFor(metadata)];
    const client = { id, metadata, registeredBy: 'developer', secret, developer: developer.id } as const;
    await insertClient(db, tenant.id, client);
    await recordAct(db, developerActor(work), { action: 'client-register', client });
    return { id, secret };
  });
}

/** Does something to a client of the account, and records it, in one transaction. @returns undefined without such a client */
function act<Result>(
  work: OwnWork,
  id: string,
  action: string,
  change: (db: PoolClient, client: Client) => Promise<Result>,
): Promise<Result | undefined> {
  const { pool, tenant, developer } = work;
  return inTransaction(pool, async (db) => {
    const client = await lockOwned(db, tenant.id, id, developer.id);
    if (!client || client.bannedAt) return undefined;
    const result = await change(db, client);
    await recordAct(db, developerActor(work), { action, client });
    return result;
  });
}

/** @returns undefined without such a client @throws RegistrationError */
export const changeOwnApp = (
  work: OwnWork,
  id: string,
  change: object,
  logo: LogoChange,
): Promise<boolean | undefined> =>
  act(work, id, 'client-update', async (db, client) => {
    const { tenant } = work;
    const wanted = { ...client.metadata, ...change };
    const metadata = replacedMetadata(client, wanted, tenant, await otherPlanNames(db, tenant.id));
    // Members see it, so the plan has looked at it too (security case O116).
    if (logo !== undefined && isCheckedByPlan(client)) throw askThePlan();
    await setMetadata(db, tenant.id, id, await withLogo(db, work, metadata, logo));
    return true;
  });

/**
 * The old secret is accepted for a day more, also after a second press.
 *
 * @param atOnce no secret of before is accepted any more, because somebody else may have it
 * @returns the new one, which is not shown again
 */
export const rotateOwnSecret = (
  work: OwnWork,
  id: string,
  { atOnce }: { atOnce: boolean },
): Promise<string | undefined> =>
  act(work, id, 'client-rotate-secret', async (db, { secret: old }) => {
    if (old === null) throw invalidMetadata('this app has no secret');
    const secret = newRandomSecret();
    if (atOnce) await replaceSecret(db, work.tenant.id, id, secret, 0);
    else await replaceSecretByHand(db, work.tenant.id, id, secret, OVERLAP_SECONDS);
    return secret;
  });

/** Deletes the client, and ends its tokens and every consent to it. */
export const deleteOwnApp = (work: OwnWork, id: string): Promise<boolean | undefined> =>
  act(work, id, 'client-delete', async (db) => {
    await deleteClient(db, work.tenant.id, id);
    await endGrantsOfClient(db, developerActor(work), id, 'app');
    return true;
  });
