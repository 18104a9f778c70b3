/** `npm run admin -- tenant configure | show | set`: see docs/identity-provider.md. */
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import type { Pool } from '@patient-access/database';
import { secretProblems, loginProblems } from '../domain/administration/federation-problems.ts';
import { NotFoundError } from '../domain/administration/clients.ts';
import { configureTenant } from '../domain/administration/tenants.ts';
import { keepSecrets, sealSecrets, withoutSecrets } from '../domain/tenant/federation-settings.ts';
import { TenantSettings } from '../domain/tenant/settings.ts';
import { providerProblems } from '../egress/provider-check.ts';
import type { PrismaClient } from '../generated/client.ts';
import type { Keys } from '../domain/keys/secrets.ts';

export const TENANT_USAGE = `  tenant configure --id <id> [--unchecked] < settings.json        all settings; --unchecked: do not ask the provider
  tenant show --id <id>                                            all settings, without secrets
  tenant set --id <id> --setting <name.name> --value <JSON or text> [--unchecked]        one setting; null takes it away`;

export const TENANT_OPTIONS = {
  setting: { type: 'string' },
  value: { type: 'string' },
  unchecked: { type: 'boolean' },
} as const;

interface Given {
  id?: string;
  setting?: string;
  value?: string;
  unchecked?: boolean;
}

/** With what a command works. */
interface Database {
  prisma: PrismaClient;
  pool: Pool;
  masters: Keys;
}

type Json = Record<string, unknown>;

async function storedOf(prisma: PrismaClient, id: string) {
  const row = await prisma.tenant.findUnique({ where: { id } });
  if (!row) throw new NotFoundError(`no tenant "${id}"`);
  return { ...row, kind: row.kind as 'preview' | 'production', settings: Object(row.settings) as Json };
}

/** @throws Error with one line for each thing that is wrong; then the settings before stay in force */
async function putSettings(
  { prisma, pool, masters }: Database,
  { id = '', unchecked = false }: Given,
  written: unknown,
): Promise<void> {
  const { kind, settings: stored } = await storedOf(prisma, id);
  const kept = keepSecrets(written, stored);
  const problems = secretProblems(kept);
  const sealed = problems.length > 0 ? undefined : sealSecrets(masters, id, kept);
  if (sealed !== undefined) {
    const settings = TenantSettings.parse(sealed);
    problems.push(...loginProblems(settings, kind));
    const asks = problems.length === 0 && settings.federation !== undefined && !unchecked;
    if (asks && settings.federation) problems.push(...(await providerProblems(settings.federation, kind)));
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  await configureTenant(pool, id, sealed, userInfo().username);
}

/** A name, or names with dots between them. */
const SETTING = /^[a-z]\w*(\.[a-z]\w*)*$/i;

/** Sets a member deep in an object. `null` takes it away. */
function setAt(object: Json, path: readonly string[], value: unknown): Json {
  const [name = '', ...rest] = path;
  const { [name]: before, ...others } = object;
  const after = rest.length > 0 ? setAt(Object(before) as Json, rest, value) : value;
  return after === null ? others : { ...others, [name]: after };
}

/** JSON, or else the text itself, so that a word needs no quotes. */
function valueOf(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

export const tenantConfigure = async (database: Database, given: Given): Promise<void> =>
  putSettings(database, given, JSON.parse(await text(process.stdin)));

export async function tenantShow(prisma: PrismaClient, { id = '' }: Given): Promise<unknown> {
  const { name, kind, suspendedAt, settings } = await storedOf(prisma, id);
  return {
    id,
    name,
    kind,
    suspended: suspendedAt !== null,
    settings: withoutSecrets(TenantSettings.parse(settings)),
  };
}

export async function tenantSet(database: Database, given: Given): Promise<void> {
  const { id = '', setting = '', value } = given;
  if (!SETTING.test(setting) || value === undefined) throw new Error('--setting and --value are needed');
  const { settings } = await storedOf(database.prisma, id);
  await putSettings(database, given, setAt(settings, setting.split('.'), valueOf(value)));
}
