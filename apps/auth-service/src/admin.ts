/** Administration of tenants, logins, portals and clients: `node dist/admin.js <command>`; the service role suffices. */
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { COMMAND, createPool, type Pool } from '@patient-access/database';
import { actingUser } from '@patient-access/platform/acting-user';
import { ACCOUNT_USAGE, accountCommand, parseMember } from './commands/account-commands.ts';
import {
  createAccount,
  createAuditor,
  NewAccount,
  NewAuditor,
} from './domain/administration/logins/accounts.ts';
import { EMAIL_USAGE, loadEmails, removeEmailOf, setEmail } from './commands/email-commands.ts';
import { APPLICATION_OPTIONS, APPLICATION_USAGE } from './commands/application-commands.ts';
import { CARD_LINK_OPTIONS, CARD_LINK_USAGE } from './commands/card-link-commands.ts';
import { CLIENT_OPTIONS, CLIENT_USAGE, clientCommand, openTenant } from './commands/client-commands.ts';
import { IDENTITY_OPTIONS, IDENTITY_USAGE } from './commands/identity-commands.ts';
import { MEMBER_OPTIONS, MEMBER_USAGE } from './commands/member-commands.ts';
import { RELATION_OPTIONS, RELATION_USAGE } from './commands/relation-commands.ts';
import { RESTORE_ACTS, RESTORE_OPTIONS, RESTORE_USAGE } from './commands/restore-commands.ts';
import { TENANT_COMMANDS, TENANT_OPTIONS, TENANT_USAGE } from './commands/tenant-commands.ts';
import { NOTIFY_COMMAND } from './domain/changes/change-feed.ts';
import { createPrisma } from './domain/database.ts';
import { publishAgain } from './domain/consent/due-consents.ts';
import { errorLine } from './domain/administration/error-line.ts';
import { describeKeys, replaceKeys, rotateKeys } from './domain/administration/plans/keys.ts';
import { reseal, resealedLine } from './domain/administration/plans/reseal.ts';
import { createPortal, NewPortal } from './domain/administration/apps/portals.ts';
import { parseSeed, seed } from './commands/seed.ts';
import { loadAdminConfig } from './config.ts';
import type { PrismaClient } from './generated/client.ts';
import type { Keys } from './domain/keys/secrets.ts';

const USAGE = `usage:
${TENANT_USAGE}
${MEMBER_USAGE}
${CARD_LINK_USAGE}
${IDENTITY_USAGE}
${ACCOUNT_USAGE}
  auditor create --tenant <id> --login <login> --password-stdin [--break-glass]        a login for the audit console, and for nothing else;
                                       --break-glass: also where all others log in at the identity provider; each use raises an alarm
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

const OPTIONS = {
  ...APPLICATION_OPTIONS,
  ...CLIENT_OPTIONS,
  ...RELATION_OPTIONS,
  ...MEMBER_OPTIONS,
  ...CARD_LINK_OPTIONS,
  ...IDENTITY_OPTIONS,
  ...RESTORE_OPTIONS,
  ...TENANT_OPTIONS,
  tenant: { type: 'string' },
  login: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  'break-glass': { type: 'boolean' },
  member: { type: 'string', multiple: true },
  'fhir-user': { type: 'string' },
  email: { type: 'string' },
  now: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const parse = () => parseArgs({ options: OPTIONS, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];
type Command = (prisma: PrismaClient, masters: Keys, values: Values, pool: Pool) => Promise<void>;

async function readPassword(values: Values): Promise<string> {
  if (!values['password-stdin'])
    throw new Error('the password is read from standard input: --password-stdin');
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

const operator = () => ({ administrator: actingUser() });

const COMMANDS: Record<string, Command> = {
  'account create': async (prisma, _masters, values) => {
    const password = await readPassword(values);
    const patients = (values.member ?? []).map(parseMember);
    await createAccount(
      prisma,
      NewAccount.parse({ ...values, password, patients, fhirUser: values['fhir-user'] }),
      operator(),
    );
  },
  'auditor create': async (prisma, _masters, values) =>
    createAuditor(
      prisma,
      NewAuditor.parse({
        ...values,
        breakGlass: values['break-glass'],
        password: await readPassword(values),
      }),
      operator(),
    ),
  'portal create': async (prisma, _masters, values, pool) =>
    console.log(JSON.stringify(await createPortal(prisma, pool, NewPortal.parse(values), actingUser()))),
  'account set-email': (prisma, _masters, values, pool) => setEmail(prisma, pool, values),
  'account remove-email': (prisma, _masters, values, pool) => removeEmailOf(prisma, pool, values),
  'account load-emails': async (prisma, _masters, values, pool) =>
    console.log(`${await loadEmails(prisma, pool, values, await text(process.stdin))} addresses`),
  'consent publish': async (prisma, _masters, { tenant = '' }, pool) => {
    const { id } = await openTenant(prisma, tenant);
    console.log(`${await publishAgain(pool, id)} consents will be published again`);
  },
  'keys list': async (prisma, _masters, { tenant = '' }) =>
    console.log((await describeKeys(prisma, tenant)).join('\n')),
  'keys rotate': async (prisma, masters, { tenant = '', now }) => {
    if (now) return replaceKeys(prisma, masters, tenant, operator());
    const signsFrom = await rotateKeys(prisma, masters, tenant, operator());
    console.log(`the new keys are published; they sign from ${signsFrom.toISOString()}`);
  },
  'keys reseal': async (prisma, masters, _values, pool) =>
    console.log(resealedLine(await reseal(prisma, pool, masters))),
  seed: async (prisma, masters) => seed(prisma, masters, parseSeed(await text(process.stdin))),
};

async function main(): Promise<void> {
  const { positionals, values } = parse();
  if (values.help) return console.log(USAGE);
  const words = positionals.join(' ');
  const [command, ofClients, ofAccounts] = [COMMANDS[words], clientCommand(words), accountCommand(words)];
  const [ofRestore, ofTenants] = [RESTORE_ACTS[words], TENANT_COMMANDS[words]];
  if (!command && !ofClients && !ofAccounts && !ofRestore && !ofTenants) throw new Error(USAGE);
  const config = loadAdminConfig();
  const pool = await createPool(config.DATABASE_URL, { max: 4, ...COMMAND });
  try {
    const prisma = createPrisma(pool);
    const { KEY_ENCRYPTION_KEY: masters } = config;
    await command?.(prisma, masters, values, pool);
    await ofAccounts?.(prisma, pool, values, () => readPassword(values));
    const result =
      (await ofTenants?.({ prisma, pool, masters }, values)) ??
      (await ofClients?.(prisma, pool, masters, values)) ??
      (await ofRestore?.(pool, values));
    if (result !== undefined) console.log(JSON.stringify(result, null, 2));
  } finally {
    await pool.query(NOTIFY_COMMAND).catch(() => undefined);
    await pool.end();
  }
}

await main().catch((error: unknown) => {
  console.error(errorLine(error));
  process.exitCode = 1;
});
