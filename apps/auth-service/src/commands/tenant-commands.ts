/** `npm run admin -- tenant …`: see docs/administration.md and docs/identity-provider.md. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { deleteTenant } from '../domain/administration/plans/delete-tenant.ts';
import { tenantLines } from '../domain/administration/plans/export-tenant.ts';
import {
  type Operation,
  putPlanSettings,
  setPlanSetting,
  showPlan,
} from '../domain/administration/plans/plan-settings.ts';
import { createTenant, NewTenant, suspendTenant } from '../domain/administration/plans/tenants.ts';
import { parseWritten } from '../domain/administration/written-json.ts';
import { providerProblems } from '../egress/provider-check.ts';
import { type Command, type CommandTools, operator } from './command.ts';

export const TENANT_USAGE = `  tenant create --id <id> --name <name> --kind preview|production
  tenant configure --id <id> [--unchecked] < settings.json        all settings; --unchecked: do not ask the provider
  tenant show --id <id>                                            all settings, without secrets
  tenant set --id <id> --setting <name.name> --value <JSON or text> [--unchecked]        one setting; null takes it away;
                                                                   -: the value is read from standard input, as for a secret
  tenant suspend|resume --id <id>
  tenant export --id <id> > plan.ndjson                            logins, numbers, consents and apps, without secrets
  tenant delete --id <id> --confirm <id>                           a suspended plan that has left: there is no way back`;

export const TENANT_OPTIONS = {
  id: { type: 'string' },
  name: { type: 'string' },
  kind: { type: 'string' },
  setting: { type: 'string' },
  value: { type: 'string' },
  unchecked: { type: 'boolean' },
  confirm: { type: 'string' },
} as const;

interface Given {
  id?: string;
  name?: string;
  kind?: string;
  setting?: string;
  value?: string;
  unchecked?: boolean;
  confirm?: string;
}

const operationOf = (tools: CommandTools, { unchecked = false }: Given): Operation => ({
  ...tools,
  by: operator(),
  askProvider: unchecked ? undefined : providerProblems,
});

/** A name, or names with dots between them. */
const SETTING = /^[a-z]\w*(\.[a-z]\w*)*$/i;

/** JSON, or else the text itself, so that a word needs no quotes. */
function valueOf(written: string): unknown {
  try {
    return parseWritten(written);
  } catch (error) {
    if (error instanceof SyntaxError) return written;
    throw error;
  }
}

/** Others on the machine, a history and the log of a cluster see the arguments of a command. */
const READ_IT = '-';

async function setOne(tools: CommandTools, given: Given): Promise<void> {
  const { id = '', setting = '', value } = given;
  if (!SETTING.test(setting) || value === undefined) throw new Error('--setting and --value are needed');
  const written = value === READ_IT ? (await text(process.stdin)).replace(/\r?\n$/, '') : value;
  await setPlanSetting(operationOf(tools, given), id, setting.split('.'), valueOf(written));
}

/** The plan may have been there already, and its kind be another one: whoever ran the command reads it. */
async function createOne({ prisma, masters }: CommandTools, plan: NewTenant): Promise<object> {
  const created = await createTenant(prisma, masters, plan, operator());
  const { id, name, kind } = await showPlan(prisma, plan.id);
  return { created, id, name, kind };
}

function deleteOne({ pool }: CommandTools, { id = '', confirm }: Given): Promise<unknown> {
  if (confirm !== id) throw new Error(`--confirm ${id}: all that it has goes`);
  return deleteTenant(pool, id, operator());
}

export const TENANT_COMMANDS: Readonly<Record<string, Command<Given>>> = {
  'tenant create': async (tools, given) => createOne(tools, NewTenant.parse(given)),
  'tenant configure': async (tools, given) =>
    putPlanSettings(operationOf(tools, given), given.id ?? '', parseWritten(await text(process.stdin))),
  'tenant show': ({ prisma }, { id = '' }) => showPlan(prisma, id),
  'tenant set': async (tools, given) => setOne(tools, given),
  'tenant suspend': ({ prisma }, { id = '' }) => suspendTenant(prisma, id, true, operator()),
  'tenant resume': ({ prisma }, { id = '' }) => suspendTenant(prisma, id, false, operator()),
  'tenant export': async ({ prisma, pool }, { id = '' }) =>
    pipeline(Readable.from(tenantLines({ prisma, pool, by: operator() }, id)), process.stdout, {
      end: false,
    }),
  'tenant delete': async (tools, given) => deleteOne(tools, given),
};
