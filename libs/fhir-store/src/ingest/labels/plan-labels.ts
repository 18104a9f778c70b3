import {
  labeller,
  type ListLabels,
  type Resource,
  type SensitiveCodes,
  withLabels,
} from '@patient-access/fhir';
import type pg from 'pg';

const RULES = 'SELECT rules FROM sensitive_codes WHERE tenant = $1';

/**
 * Adds the plan's labels to a resource. `labelled` lists the labels that the resource did not bring along. The labels
 * follow from the codes of the resource as it was `sent`, to which the words that an import adds change nothing.
 */
export type Label = (resource: Resource, sent?: Resource) => { resource: Resource; labelled: string[] };

const NO_LABELS: Label = (resource) => ({ resource, labelled: [] });

function labelBy(rules: SensitiveCodes): Label {
  const labelsOf = labeller(rules);
  // Each resource of a batch is asked about before its check and when it is written, and again if the batch runs again.
  const known = new WeakMap<Resource, ListLabels>();
  return (resource, sent = resource) => {
    const labels = known.get(sent) ?? labelsOf(sent);
    known.set(sent, labels);
    const { resource: labelledResource, added } = withLabels(resource, labels);
    return { resource: labelledResource, labelled: added };
  };
}

/** A plan's list of sensitive codes. It is compiled again only when it has changed. */
export class PlanLabels {
  private rules = '';
  private label: Label = NO_LABELS;

  /** @param client in a transaction that holds the tenant's lock, so the list cannot change before the commit */
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
