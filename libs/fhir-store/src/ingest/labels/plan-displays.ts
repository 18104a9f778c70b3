/** Keeps the displays that a plan supplies, and adds words to what is stored already. */
import { inTransaction, type Pool } from '@patient-access/database';
import { definitions, parseResource, type Resource } from '@patient-access/fhir';
import { recordStatement } from '@patient-access/outbox/record';
import { asTenant } from '../../sql/as-tenant.ts';
import { actOnPlan, type ImportSource } from '../ingest-event.ts';
import { addWords, type AddedWords } from './displays.ts';
import { changePages, CURRENT_PAGE, type StoredRow } from '../rows/change-pages.ts';
import { insertRows } from '../rows/insert-rows.ts';
import type { Databases, WriteContext } from '../turns/storing.ts';
import { lockTenant } from '../turns/tenant-lock.ts';
import type { NewVersion } from '../rows/versions.ts';
import { write } from '../rows/write.ts';

/** A display that a plan supplies, with its code as tables have it. */
export interface PlanDisplay {
  system: string;
  code: string;
  /** empty for displays that hold for every version */
  version: string;
  display: string;
}

const FORGET = 'DELETE FROM code_display WHERE tenant = $1 AND system = ANY ($2::text[])';
const COLUMNS = ['tenant', 'system', 'code', 'version', 'display'];

/** @returns how many displays each of the systems has from now on */
export const countDisplays = (systems: readonly string[], displays: readonly PlanDisplay[]): string[] =>
  systems.map((system) => `${system}: ${displays.filter((each) => each.system === system).length} displays`);

/**
 * Replaces what the plan supplied for these code systems. It holds for what is imported from now on. Apps are served these words,
 * so the first database records that they were set.
 *
 * @param all the databases of the tenant's resources
 * @param systems the code systems that are replaced; one without displays is taken away
 * @param source of the first database, and whose act it is in the trail
 */
export async function setPlanDisplays(
  all: readonly Pool[],
  tenant: string,
  { systems, displays }: { systems: readonly string[]; displays: readonly PlanDisplay[] },
  source: ImportSource,
): Promise<void> {
  const rows = displays.map(({ system, code, version, display }) => [tenant, system, code, version, display]);
  const event = actOnPlan(source, tenant, 'set-displays', countDisplays(systems, displays));
  for (const pool of all)
    await inTransaction(pool, async (client) => {
      await lockTenant(client, tenant);
      await client.query(FORGET, [tenant, systems]);
      await insertRows(client, 'code_display', COLUMNS, rows);
      if (pool === all[0]) await client.query(recordStatement([event]));
    });
}

const CODES = `
  SELECT DISTINCT system, code FROM code_display WHERE tenant = $1 AND system = ANY ($2::text[])`;

/** @returns the codes of these systems of which the plan supplied a display, as tables have them */
export function codesWithPlanDisplay(
  pool: Pool,
  tenant: string,
  systems: readonly string[],
): Promise<Pick<PlanDisplay, 'system' | 'code'>[]> {
  return asTenant(pool, tenant, async (client) => {
    return (await client.query<Pick<PlanDisplay, 'system' | 'code'>>(CODES, [tenant, systems])).rows;
  });
}

async function fillPage(
  context: WriteContext,
  tenant: string,
  words: AddedWords,
  rows: readonly StoredRow[],
): Promise<number> {
  const stored = rows.map(({ body }) => parseResource(body) as Resource);
  const filled = await addWords(context.own, tenant, words, stored);
  const replaced: StoredRow[] = [];
  const versions: NewVersion[] = [];
  for (const [at, row] of rows.entries()) {
    const [resource, definition] = [filled[at], definitions.get(row.type)];
    if (!resource || !definition || resource === stored[at]) continue;
    const { labelled, member, hash } = row;
    replaced.push(row);
    versions.push({ definition, resource, labelled, member, version: row.version + 1, hash });
  }
  await write(context, tenant, versions, replaced);
  return versions.length;
}

/**
 * Adds displays and narratives to stored resources. Each that changes becomes a new version, because they are content, and keeps
 * the hash of what the plan sent. After an interruption, run it again.
 *
 * @returns after each page: how many were read and how many changed
 */
export const fillWords = (databases: Databases, tenant: string, words: AddedWords) =>
  changePages(databases, tenant, [
    { page: CURRENT_PAGE, change: (context, rows) => fillPage(context, tenant, words, rows) },
  ]);
