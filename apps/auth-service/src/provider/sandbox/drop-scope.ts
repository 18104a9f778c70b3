/** Removes one scope from a grant and its tokens, as if the member had granted less. */
import type { RunSql } from '../../domain/database.ts';

/** The members of a record of oidc-provider that hold scopes. */
interface Granted {
  scope?: string;
  openid?: { scope?: string };
  resources?: Record<string, string>;
}

interface Row {
  model: string;
  id: string;
  payload: string;
}

const LOCK = `SELECT model, id, payload FROM valid_record
               WHERE tenant = $1 AND grant_id = $2 AND model IN ('AccessToken', 'RefreshToken', 'Grant')
               ORDER BY model, id FOR UPDATE`;
const STORE = 'UPDATE oidc_record SET payload = $4 WHERE tenant = $1 AND model = $2 AND id = $3';

/** @returns a space-separated list without one of its members */
export function without(scope: string, dropped: string): string {
  return scope
    .split(' ')
    .filter((text) => text !== dropped)
    .join(' ');
}

const has = (scope: string, text: string): boolean => scope.split(' ').includes(text);

function isGranted({ openid, resources = {} }: Granted, text: string): boolean {
  return [openid?.scope ?? '', ...Object.values(resources)].some((scope) => has(scope, text));
}

function narrowed(payload: Granted, dropped: string): Granted {
  const { scope, openid, resources } = payload;
  const rest = Object.entries(resources ?? {}).map(([name, text]) => [name, without(text, dropped)]);
  return {
    ...payload,
    ...(scope !== undefined && { scope: without(scope, dropped) }),
    ...(openid?.scope !== undefined && { openid: { ...openid, scope: without(openid.scope, dropped) } }),
    ...(resources && { resources: Object.fromEntries(rest) as Record<string, string> }),
  };
}

/**
 * Removes a scope from the grant and its tokens. The stored consent does not change.
 *
 * @param dropped as it stands in the token response
 * @returns false, with nothing changed, when it is not a scope of the grant; a refresh may have asked for a part of
 * one
 */
export async function dropScope(
  query: RunSql,
  tenant: string,
  grantId: string,
  dropped: string,
): Promise<boolean> {
  const rows = await query<Row>(LOCK, [tenant, grantId]);
  const records = rows.map((row) => ({ ...row, granted: JSON.parse(row.payload) as Granted }));
  if (!records.some(({ model, granted }) => model === 'Grant' && isGranted(granted, dropped))) return false;
  for (const { model, id, granted } of records)
    await query(STORE, [tenant, model, id, JSON.stringify(narrowed(granted, dropped))]);
  return true;
}
