/** All commands of `npm run admin`, in one table: their usage, their options, and what they do. */
import { text } from 'node:stream/consumers';
import { actingUser } from '@patient-access/platform/acting-user';
import { openPlan } from '../domain/administration/administration.ts';
import { createPortal, NewPortal } from '../domain/administration/apps/portals.ts';
import { describeKeys, replaceKeys, rotateKeys } from '../domain/administration/plans/keys.ts';
import { reseal, resealedLine } from '../domain/administration/plans/reseal.ts';
import { publishAgain } from '../domain/consent/due-consents.ts';
import { ACCOUNT_COMMANDS, ACCOUNT_OPTIONS, ACCOUNT_USAGE, AUDITOR_USAGE } from './account-commands.ts';
import { APPLICATION_ACTS, APPLICATION_OPTIONS, APPLICATION_USAGE } from './application-commands.ts';
import { CARD_LINK_ACTS, CARD_LINK_OPTIONS, CARD_LINK_USAGE } from './card-link-commands.ts';
import { CLIENT_ACTS, CLIENT_OPTIONS, CLIENT_USAGE } from './client-commands.ts';
import { atPlan, type Command, type Commands, operator } from './command.ts';
import { EMAIL_ACTS, EMAIL_OPTIONS, EMAIL_USAGE } from './email-commands.ts';
import { IDENTITY_ACTS, IDENTITY_OPTIONS, IDENTITY_USAGE } from './identity-commands.ts';
import { MEMBER_ACTS, MEMBER_OPTIONS, MEMBER_USAGE } from './member-commands.ts';
import { RELATION_ACTS, RELATION_OPTIONS, RELATION_USAGE } from './relation-commands.ts';
import { RESTORE_COMMANDS, RESTORE_OPTIONS, RESTORE_USAGE } from './restore-commands.ts';
import { parseSeed, seed } from './seed.ts';
import { TENANT_COMMANDS, TENANT_OPTIONS, TENANT_USAGE } from './tenant-commands.ts';

export const ADMIN_USAGE = `usage:
${TENANT_USAGE}
${MEMBER_USAGE}
${CARD_LINK_USAGE}
${IDENTITY_USAGE}
${ACCOUNT_USAGE}
${AUDITOR_USAGE}
  portal create --tenant <id> --name <name>        prints its client id and secret
  consent publish --tenant <id>        has all consents sent again to the owner of the FHIR Consents
  keys list --tenant <id>
  keys rotate --tenant <id> [--now]    --now: the old ones are compromised and are dropped at once
  keys reseal                          everything with the first key of KEY_ENCRYPTION_KEY
  seed < file        { "tenants": […], "accounts": […], "auditors": […], "clients": […] } as JSON or NDJSON
${RELATION_USAGE}
${EMAIL_USAGE}
${RESTORE_USAGE}
${CLIENT_USAGE}
${APPLICATION_USAGE}`;

export const ADMIN_OPTIONS = {
  ...APPLICATION_OPTIONS,
  ...CLIENT_OPTIONS,
  ...RELATION_OPTIONS,
  ...MEMBER_OPTIONS,
  ...CARD_LINK_OPTIONS,
  ...IDENTITY_OPTIONS,
  ...RESTORE_OPTIONS,
  ...TENANT_OPTIONS,
  ...ACCOUNT_OPTIONS,
  ...EMAIL_OPTIONS,
  tenant: { type: 'string' },
  login: { type: 'string' },
  now: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Given {
  tenant?: string;
  now?: boolean;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const OTHERS: Record<string, Command<Given>> = {
  'portal create': async ({ prisma, pool }, given) =>
    print(JSON.stringify(await createPortal(prisma, pool, NewPortal.parse(given), actingUser()))),
  'consent publish': async ({ prisma, pool }, { tenant = '' }) => {
    const { id } = await openPlan(prisma, tenant);
    print(`${await publishAgain(pool, id)} consents will be published again`);
  },
  'keys list': async ({ prisma }, { tenant = '' }) => print((await describeKeys(prisma, tenant)).join('\n')),
  'keys rotate': async ({ prisma, masters }, { tenant = '', now }) => {
    if (now) return replaceKeys(prisma, masters, tenant, operator());
    const signsFrom = await rotateKeys(prisma, masters, tenant, operator());
    return print(`the new keys are published; they sign from ${signsFrom.toISOString()}`);
  },
  'keys reseal': async ({ prisma, pool, masters }) =>
    print(resealedLine(await reseal(prisma, pool, masters))),
  seed: async ({ prisma, masters }) => seed(prisma, masters, parseSeed(await text(process.stdin))),
};

export const ADMIN_COMMANDS: Commands = {
  ...TENANT_COMMANDS,
  ...ACCOUNT_COMMANDS,
  ...RESTORE_COMMANDS,
  ...OTHERS,
  ...atPlan({
    ...EMAIL_ACTS,
    ...CLIENT_ACTS,
    ...APPLICATION_ACTS,
    ...RELATION_ACTS,
    ...MEMBER_ACTS,
    ...CARD_LINK_ACTS,
    ...IDENTITY_ACTS,
  }),
};
