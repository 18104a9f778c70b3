/** Adds displays to resources: those that the plan supplies, otherwise those that the product ships. */
import {
  type CodeKey,
  codesWithoutDisplay,
  type DisplayOf,
  type NarrativeOptions,
  type Resource,
  withDisplays,
  withNarrative,
} from '@patient-access/fhir';
import type pg from 'pg';

/** The displays that the product ships. */
export interface DisplayTable {
  displayOf: DisplayOf;
}

/** What an import adds so that a member understands a resource. */
export interface AddedWords extends NarrativeOptions {
  displays: DisplayTable;
}

interface PlanRow {
  system: string;
  code: string;
  version: string;
  display: string;
}

/** In the order of versions, so that the last row of a code is its latest. */
const OF_PLAN = `
  SELECT DISTINCT d.system, d.code, d.version, d.display FROM code_display d
    JOIN unnest($2::text[], $3::text[]) AS k (system, code) ON d.system = k.system AND d.code = k.code
   WHERE d.tenant = $1 ORDER BY d.version`;

const codeOf = ({ system, code }: Pick<CodeKey, 'system' | 'code'>) => `${system}|${code}`;

/** The version that the coding names; otherwise the row that names none; otherwise the latest. */
function ofVersion(rows: readonly PlanRow[], version: string | undefined): string | undefined {
  const exact = rows.find((row) => row.version === version) ?? rows.find((row) => row.version === '');
  return (exact ?? rows.at(-1))?.display;
}

async function displaysOfPlan(
  client: pg.PoolClient,
  tenant: string,
  keys: readonly CodeKey[],
): Promise<DisplayOf> {
  const distinct = [...new Map(keys.map((key) => [codeOf(key), key])).values()];
  const { rows } = await client.query<PlanRow>(OF_PLAN, [
    tenant,
    distinct.map(({ system }) => system),
    distinct.map(({ code }) => code),
  ]);
  const byCode = Map.groupBy(rows, codeOf);
  return (key) => ofVersion(byCode.get(codeOf(key)) ?? [], key.version);
}

/** @returns the displays of these codes: those that the plan supplies, otherwise those that the product ships */
export async function displaysFor(
  client: pg.PoolClient,
  tenant: string,
  shipped: DisplayTable,
  keys: readonly CodeKey[],
): Promise<DisplayOf> {
  if (keys.length === 0) return () => undefined;
  const ofPlan = await displaysOfPlan(client, tenant, keys);
  return (key) => ofPlan(key) ?? shipped.displayOf(key);
}

/**
 * Adds displays, and then a narrative, which uses them.
 *
 * @param bare the codes of the resource that have no display
 * @returns the same object when there was nothing to add
 */
export const withWords = (
  resource: Resource,
  words: AddedWords,
  { bare, displayOf }: { bare: readonly CodeKey[]; displayOf: DisplayOf },
): Resource => withNarrative(bare.length > 0 ? withDisplays(resource, displayOf) : resource, words);

/** The same for many resources. @param client in a transaction that has the tenant's context */
export async function addWords(
  client: pg.PoolClient,
  tenant: string,
  words: AddedWords,
  resources: readonly Resource[],
): Promise<Resource[]> {
  const bare = resources.map(codesWithoutDisplay);
  const displayOf = await displaysFor(client, tenant, words.displays, bare.flat());
  return resources.map((resource, at) => withWords(resource, words, { bare: bare[at] ?? [], displayOf }));
}
