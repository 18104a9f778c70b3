/** Small resources to import. */

export const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });

export const condition = (id: string, member: string, more: object = {}) => ({
  resourceType: 'Condition',
  id,
  subject: { reference: `Patient/${member}` },
  ...more,
});

export const provenance = (id: string, ...targets: string[]) => ({
  resourceType: 'Provenance',
  id,
  target: targets.map((reference) => ({ reference })),
});

export const ndjson = (...resources: unknown[]) =>
  resources.map((each) => `${JSON.stringify(each)}\n`).join('');

/** A Bundle of entries; what has a resourceType becomes an entry with that resource. */
export const bundle = (type: string, ...entry: object[]) => ({
  resourceType: 'Bundle',
  type,
  entry: entry.map((each) => ('resourceType' in each ? { resource: each } : each)),
});
