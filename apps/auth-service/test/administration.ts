/** What an administrator of a plan works with: the HTTP API, and what the commands are given. */
import type { Pool } from '@patient-access/database';
import type { Administration } from '../src/domain/administration/administration.ts';
import { TenantSettings } from '../src/domain/tenant/settings.ts';
import type { Told } from '../src/domain/administration/told.ts';
import { ADMIN_SECRET, type World } from './world.ts';

/** An administrator of northwind, as a command runs. */
export const administrationOf = (pool: Pool): Administration => ({
  pool,
  tenant: {
    id: 'northwind',
    name: 'Northwind Health Plan',
    kind: 'preview',
    settings: TenantSettings.parse({}),
  },
  administrator: 'ada',
});

/** @returns what is told, with no event of it */
export const opened = async <Answer>(told: Promise<Told<Answer>>): Promise<Answer> =>
  (await told).after(() => undefined);

/** @param path below `/internal/admin/` */
export async function administer(
  world: World,
  method: string,
  path: string,
  body?: object,
  authorization = `Bearer ${ADMIN_SECRET}`,
) {
  const response = await fetch(`${world.address}/internal/admin/${path}`, {
    method,
    headers: {
      authorization,
      'x-administrator': 'ada',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  let parsed: Record<string, unknown> = {};
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The body may be empty or no JSON; then tests look at the text.
  }
  return { status: response.status, body: parsed, text, headers: response.headers };
}
