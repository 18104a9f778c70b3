/** What the consent tests need in addition: a verified app, and settings of a tenant. */
import type { World } from '../world.ts';

const FACTS = {
  verified: true,
  publisher: 'Example Apps, Inc.',
  verified_domain: 'app.example',
  policy_uri: 'https://app.example/privacy',
  tos_uri: 'https://app.example/terms',
  contacts: ['help@app.example'],
};

/** Verifies an app in its row, as the plan does. */
export async function vouchFor(
  world: World,
  app: { tenant: string; client_id: string },
  facts: object = FACTS,
): Promise<void> {
  const changed = await world.db.query(
    'UPDATE client SET metadata = metadata || $3::jsonb WHERE tenant = $1 AND id = $2',
    [app.tenant, app.client_id, JSON.stringify(facts)],
  );
  if (changed.rowCount !== 1) throw new Error('no such client');
}

/** Sets a tenant's settings, and waits until the service has heard of it. */
export async function setSettings(world: World, tenant: string, settings: object): Promise<void> {
  await world.db.query('UPDATE tenant SET settings = $2 WHERE id = $1', [tenant, JSON.stringify(settings)]);
  await world.heard();
}

export interface ConsentRow {
  grant_id: string;
  snapshot: string;
  scope: string;
  sensitive: string[];
  sensitive_labels: string[];
  granted_at: Date;
  until: Date;
}

export async function consentOf(world: World, grantId: string): Promise<ConsentRow> {
  const { rows } = await world.db.query<ConsentRow>('SELECT * FROM consent WHERE grant_id = $1', [grantId]);
  if (!rows[0]) throw new Error(`no consent ${grantId}`);
  return rows[0];
}
