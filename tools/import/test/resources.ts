/** Small resources to import. */

export const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });

export const importedCondition = (id: string, member: string, more: object = {}) => ({
  resourceType: 'Condition',
  id,
  subject: { reference: `Patient/${member}` },
  ...more,
});

export const importedProvenance = (id: string, ...targets: string[]) => ({
  resourceType: 'Provenance',
  id,
  target: targets.map((reference) => ({ reference })),
  recorded: '2026-01-01T00:00:00Z',
  agent: [{ who: { display: 'Northwind' } }],
});

export const ndjson = (...resources: unknown[]) =>
  resources.map((each) => `${JSON.stringify(each)}\n`).join('');

/** An ExplanationOfBenefit with the mandatory elements of R4. */
export const explanation = (id: string, member: string, more: object = {}) => ({
  resourceType: 'ExplanationOfBenefit',
  id,
  status: 'active',
  type: { text: 'professional' },
  use: 'claim',
  patient: { reference: `Patient/${member}` },
  created: '2026-01-01',
  insurer: { display: 'Northwind' },
  provider: { display: 'Dr Who' },
  outcome: 'complete',
  insurance: [{ focal: true, coverage: { display: 'Gold' } }],
  ...more,
});

/** A Bundle of entries. An argument with a resourceType becomes an entry with that resource. */
export const bundle = (type: string, ...entry: object[]) => ({
  resourceType: 'Bundle',
  type,
  entry: entry.map((each) => ('resourceType' in each ? { resource: each } : each)),
});

/** An entry of a Bundle that deletes. @param url `Type/id` */
export const deletion = (url: string) => ({ request: { method: 'DELETE', url } });
