/** `npm run admin -- account …`: see docs/administration.md. */
import type { Pool } from '@patient-access/database';
import { actingUser } from '@patient-access/platform/acting-user';
import type { Administration } from '../domain/administration/administration.ts';
import * as logins from '../domain/administration/logins/logins.ts';
import type { PrismaClient } from '../generated/client.ts';
import { openTenant } from './client-commands.ts';

export const ACCOUNT_USAGE = `  account create --tenant <id> --login <login> --password-stdin --member <patient id>:<relationship>:<name> …
                 [--fhir-user RelatedPerson/<id>|Person/<id>]
  account set-password --tenant <id> --login <login> --password-stdin        ends its sessions and grants
  account reassign --tenant <id> --login <login> --password-stdin --member … [--fhir-user …]
                 another person gets the login; all that the person before had with it ends
  account reset-second-factor --tenant <id> --login <login>        ends its sessions; the member is told
  account end-sessions --tenant <id> --login <login>`;

export interface AccountOptions {
  tenant?: string;
  login?: string;
  member?: string[];
  'fhir-user'?: string;
}

type Act = (
  admin: Administration,
  login: string,
  given: { patients: object[]; fhirUser?: string; password: () => Promise<string> },
) => Promise<void>;

const ACTS: Record<string, Act> = {
  'account set-password': async (admin, login, { password }) =>
    logins.setLoginPassword(admin, login, await password()),
  'account reassign': async (admin, login, { password, ...person }) =>
    logins.reassignLogin(admin, login, logins.LoginPerson.parse({ ...person, password: await password() })),
  'account reset-second-factor': logins.resetSecondFactor,
  'account end-sessions': logins.endLoginSessions,
};

/** @returns the person that `--member <patient id>:<relationship>:<name>` names */
export function parseMember(member: string) {
  const [id, relationship, ...name] = member.split(':');
  return { id, relationship, name: name.join(':') };
}

/** @returns undefined when the words are not one of these commands */
export function accountCommand(words: string) {
  const act = ACTS[words];
  return (
    act &&
    (async (prisma: PrismaClient, pool: Pool, given: AccountOptions, password: () => Promise<string>) => {
      const tenant = await openTenant(prisma, given.tenant ?? '');
      const admin = { pool, tenant, administrator: actingUser() };
      const patients = (given.member ?? []).map(parseMember);
      await act(admin, given.login ?? '', { patients, fhirUser: given['fhir-user'], password });
    })
  );
}
