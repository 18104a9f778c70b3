import { labeller, type Resource, type SensitiveCodes, withLabels } from '@patient-access/fhir';
import type pg from 'pg';

const RULES = 'SELECT rules FROM sensitive_codes WHERE tenant = $1';

/** Gives a resource the plan's labels, and says which of them it did not bring along. */
export type Label = (resource: Resource) => { resource: Resource; labelled: string[] };

const NO_LABELS: Label = (resource) => ({ resource, labelled: [] });

function labelBy(rules: SensitiveCodes): Label {
  const labelsOf = labeller(rules);
  return (resource) => {
    const { resource: labelledResource, added } = withLabels(resource, labelsOf(resource));
    return { resource: labelledResource, labelled: added };
  };
}

/** A plan's list of sensitive codes, compiled anew when it is another. */
export class PlanLabels {
  private rules = '';
  private label: Label = NO_LABELS;

  /** @param client in the tenant's transaction, under its lock: the list stays this one until commit */
  async of(client: pg.PoolClient, tenant: string): Promise<Label> {
    const { rows } = await client.query<{ rules: string }>(RULES, [tenant]);
    const rules = rows[0]?.rules ?? '';
    if (rules !== this.rules) {
      this.rules = rules;
      this.label = rules === '' ? NO_LABELS : labelBy(JSON.parse(rules) as SensitiveCodes);
    }
    return this.label;
  }
}
