/**
 * Counts and ids of the data that a plan has stored with one owner, read as the owner's ingest role. A report on the
 * data may show these.
 */
import type { Pool } from '@patient-access/database';
import {
  type Alternatives,
  categoryOfLabel,
  parseResource,
  type Resource,
  type Target,
  WHOLE_RECORD,
} from '@patient-access/fhir';
import type pg from 'pg';
import { asTenant } from '../sql/as-tenant.ts';
import { targetColumns } from './rows/key-columns.ts';

const BATCH = 500;

const PAGE = `
  SELECT member, type, id, body FROM resource
   WHERE tenant = $1 AND (member, type, id) > ($2, $3, $4) AND form = 0 ORDER BY member, type, id LIMIT ${BATCH}`;
const OF_MEMBERS = `
  SELECT member, body FROM resource
   WHERE tenant = $1 AND type = $2 AND member = ANY ($3::text[]) AND form = 0 ORDER BY member, id`;
const EXIST = `
  SELECT r.type, r.id FROM resource r
    JOIN unnest($2::text[], $3::text[]) AS k (type, id) ON r.type = k.type AND r.id = k.id
   WHERE r.tenant = $1 AND r.form = 0`;
/** Reference data alone. Two are enough to know that it is not one. */
const IDENTIFIED = `
  SELECT DISTINCT id FROM search_value
   WHERE tenant = $1 AND member = '' AND type = $2 AND parameter = 'identifier' AND system = $3 AND value = $4
   LIMIT 2`;
const CHECKS = `
  SELECT profile, type, count(*)::int AS checked, count(*) FILTER (WHERE findings <> '[]')::int AS "withFindings"
    FROM profile_check WHERE tenant = $1 GROUP BY profile, type ORDER BY profile, type`;
const FINDINGS = `
  SELECT c.profile, c.type, regexp_replace(f ->> 'location', '\\[[0-9]+\\]', '', 'g') AS location, f ->> 'rule' AS rule,
         f ->> 'expected' AS expected, count(DISTINCT (c.member, c.id))::int AS resources,
         (array_agg(DISTINCT c.id ORDER BY c.id))[1:3] AS examples
    FROM profile_check c, json_array_elements(c.findings::json) AS f
   WHERE c.tenant = $1 AND c.findings <> '[]' GROUP BY 1, 2, 3, 4, 5 ORDER BY resources DESC, 1, 2, 3`;
const UNCHECKED = `
  SELECT split_part(s.value, '|', 1) AS profile, s.type, count(DISTINCT s.id)::int AS resources FROM search_value s
   WHERE s.tenant = $1 AND s.parameter = '_profile'
     AND NOT EXISTS (SELECT FROM profile_check c WHERE c.tenant = s.tenant AND c.member = s.member AND c.type = s.type
                        AND c.id = s.id AND c.profile = split_part(s.value, '|', 1))
   GROUP BY 1, 2 ORDER BY 1, 2`;
const LABELS = `
  SELECT l AS label, count(*)::int AS resources, count(*) FILTER (WHERE l = ANY (r.labelled))::int AS "byList"
    FROM resource r, unnest(r.sensitivity) AS l WHERE r.tenant = $1 AND r.form = 0 GROUP BY 1 ORDER BY 1`;
/** Few sets of labels are needed for many resources. */
const ALTERNATIVES = 'SELECT DISTINCT alternatives FROM conditional_resource WHERE tenant = $1';
const NEEDING = `
  SELECT c.alternatives, count(*)::int AS resources FROM conditional_resource c
    JOIN resource r ON r.tenant = c.tenant AND r.member = c.member AND r.type = c.type AND r.id = c.id AND r.form = 0
   WHERE c.tenant = $1 AND c.alternatives = ANY ($2::text[]) GROUP BY 1`;
const LIST = 'SELECT applied FROM sensitive_codes WHERE tenant = $1';
const TYPES =
  'SELECT type, count(*)::int AS resources FROM resource WHERE tenant = $1 AND form = 0 GROUP BY 1 ORDER BY 1';

export interface ProfileSurvey {
  checks: { profile: string; type: string; checked: number; withFindings: number }[];
  /** grouped by rule and element, without list indexes, the most frequent first; `examples` are ids */
  findings: {
    profile: string;
    type: string;
    location: string;
    rule: string;
    expected: string;
    resources: number;
    examples: string[];
  }[];
  /** profiles that resources name and that were not checked, because the packages of the import did not have them */
  unchecked: { profile: string; type: string; resources: number }[];
}

export interface LabelSurvey {
  /** undefined without a list; false until the list was applied to what was stored before it */
  applied: boolean | undefined;
  labels: { label: string; resources: number; byList: number }[];
}

/** The labels, in no category of the product, without which no app gets the resource; none if some app may. */
function lacking(alternatives: Alternatives): string[] {
  const sets = alternatives.map((labels) => labels.filter((label) => categoryOfLabel(label) === undefined));
  if (sets.some((labels) => labels.length === 0)) return [];
  return [...new Set(sets.flat())].filter((label) => label !== WHOLE_RECORD);
}

/** @see DataSurvey.resources */
export interface StoredResource {
  /** under whom it is filed; empty for the plan's reference data */
  member: string;
  resource: Resource;
}

/** One tenant's data in one owner's database. It only reads. */
export class DataSurvey {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  types(): Promise<{ type: string; resources: number }[]> {
    return this.query((client) => this.rows(client, TYPES));
  }

  profiles(): Promise<ProfileSurvey> {
    return this.query(async (client) => ({
      checks: await this.rows(client, CHECKS),
      findings: await this.rows(client, FINDINGS),
      unchecked: await this.rows(client, UNCHECKED),
    }));
  }

  labels(): Promise<LabelSurvey> {
    return this.query(async (client) => {
      const [list] = await this.rows<{ applied: boolean }>(client, LIST);
      return { applied: list?.applied, labels: await this.rows(client, LABELS) };
    });
  }

  /**
   * Labels that are in no category of the product, and how many resources no app gets for each of them, because they or
   * what they cannot be without have it. A plan may release them with a category of its own. A label comes once for each set of
   * labels that has it.
   */
  async withoutCategory(): Promise<{ label: string; resources: number }[]> {
    return this.query(async (client) => {
      const sets = await this.rows<{ alternatives: string }>(client, ALTERNATIVES);
      const labelsOf = new Map(
        sets.map(({ alternatives }) => [alternatives, lacking(JSON.parse(alternatives) as Alternatives)]),
      );
      const needed = [...labelsOf.keys()].filter((each) => labelsOf.get(each)?.length);
      if (needed.length === 0) return [];
      const needing = await this.rows<{ alternatives: string; resources: number }>(client, NEEDING, [needed]);
      return needing.flatMap(({ alternatives, resources }) =>
        (labelsOf.get(alternatives) ?? []).map((label) => ({ label, resources })),
      );
    });
  }

  /**
   * All current resources, in batches: the plan's own first, then member by member and type by type. A resource that is
   * stored while this runs may be missing.
   */
  async *resources(): AsyncGenerator<StoredResource[]> {
    let from = ['', '', ''];
    for (;;) {
      const position = from;
      const rows = await this.query((client) =>
        this.rows<{ member: string; type: string; id: string; body: string }>(client, PAGE, position),
      );
      const last = rows.at(-1);
      if (!last) return;
      yield rows.map(({ member, body }) => ({ member, resource: parseResource(body) as Resource }));
      from = [last.member, last.type, last.id];
    }
  }

  /** @returns the current resources of a type of these members, by member */
  async ofMembers(type: string, members: readonly string[]): Promise<Map<string, Resource[]>> {
    const rows = await this.query((client) =>
      this.rows<{ member: string; body: string }>(client, OF_MEMBERS, [type, members]),
    );
    const byMember = Map.groupBy(rows, ({ member }) => member);
    return new Map(
      [...byMember].map(([member, of]) => [member, of.map(({ body }) => parseResource(body) as Resource)]),
    );
  }

  /** @returns those of `targets` that this database has, as `Type/id` */
  async existing(targets: readonly Target[]): Promise<Set<string>> {
    const rows = await this.query((client) =>
      this.rows<{ type: string; id: string }>(client, EXIST, targetColumns(targets)),
    );
    return new Set(rows.map(({ type, id }) => `${type}/${id}`));
  }

  /** @returns the id of the one resource of the plan's own that has this identifier; undefined: none has it, or several */
  async identified(type: string, system: string, value: string): Promise<string | undefined> {
    const rows = await this.query((client) =>
      this.rows<{ id: string }>(client, IDENTIFIED, [type, system, value]),
    );
    return rows.length === 1 ? rows[0]?.id : undefined;
  }

  private async rows<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await client.query<Row>(text, [this.tenant, ...values])).rows;
  }

  private query<Result>(question: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return asTenant(this.pool, this.tenant, question);
  }
}
