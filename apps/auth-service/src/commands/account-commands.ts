/** `npm run admin -- account …` and `auditor …`: see docs/administration.md. */
import { text } from 'node:stream/consumers';
import type { Administration } from '../domain/administration/administration.ts';
import {
  createAccount,
  createAuditor,
  NewAccount,
  NewAuditor,
} from '../domain/administration/logins/accounts.ts';
import * as logins from '../domain/administration/logins/logins.ts';
import { atPlan, type Command, type Commands, operator } from './command.ts';

export const ACCOUNT_USAGE = `  account create --tenant <id> --login <login> --password-stdin --member <patient id>:<relationship>:<name> …
                 [--fhir-user RelatedPerson/<id>|Person/<id>]
  account set-password --tenant <id> --login <login> --password-stdin        ends its sessions and grants
  account reassign --tenant <id> --login <login> --password-stdin --member … [--fhir-user …]
                 another person gets the login; all that the person before had with it ends
  account reset-second-factor --tenant <id> --login <login>        ends its sessions; the member is told
  account end-sessions --tenant <id> --login <login>`;

export const AUDITOR_USAGE = `  auditor create --tenant <id> --login <login> --password-stdin [--break-glass]        a login for the audit console, and for nothing else;
                                       --break-glass: also where all others log in at the identity provider; each use raises an alarm`;

export const ACCOUNT_OPTIONS = {
  'password-stdin': { type: 'boolean' },
  'break-glass': { type: 'boolean' },
  member: { type: 'string', multiple: true },
  'fhir-user': { type: 'string' },
} as const;

interface Given {
  tenant?: string;
  login?: string;
  'password-stdin'?: boolean;
  'break-glass'?: boolean;
  member?: string[];
  'fhir-user'?: string;
}

async function readPassword(given: Given): Promise<string> {
  if (!given['password-stdin']) throw new Error('the password is read from standard input: --password-stdin');
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** @returns the person that `--member <patient id>:<relationship>:<name>` names */
function parseMember(member: string) {
  const [id, relationship, ...name] = member.split(':');
  return { id, relationship, name: name.join(':') };
}

/** Whose data the login may see, and who logs in. */
const personIn = ({ member = [], 'fhir-user': fhirUser }: Given) => ({
  patients: member.map(parseMember),
  fhirUser,
});

const ACTS: Record<string, (admin: Administration, given: Given) => Promise<void>> = {
  'account set-password': async (admin, given) =>
    logins.setLoginPassword(admin, given.login ?? '', await readPassword(given)),
  'account reassign': async (admin, given) => {
    const person = { ...personIn(given), password: await readPassword(given) };
    await logins.reassignLogin(admin, given.login ?? '', logins.LoginPerson.parse(person));
  },
  'account reset-second-factor': (admin, { login = '' }) => logins.resetSecondFactor(admin, login),
  'account end-sessions': (admin, { login = '' }) => logins.endLoginSessions(admin, login),
};

const CREATING: Record<string, Command<Given>> = {
  'account create': async ({ prisma }, given) => {
    const password = await readPassword(given);
    const account = NewAccount.parse({ ...given, password, ...personIn(given) });
    await createAccount(prisma, account, operator());
  },
  'auditor create': async ({ prisma }, given) => {
    const auditor = { ...given, breakGlass: given['break-glass'], password: await readPassword(given) };
    await createAuditor(prisma, NewAuditor.parse(auditor), operator());
  },
};

export const ACCOUNT_COMMANDS: Commands = { ...CREATING, ...atPlan(ACTS) };
