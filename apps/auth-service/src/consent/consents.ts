/** What members agreed to. A row is written with its grant in one transaction, and never changed but for its end. */
import { inTransaction, type Pool } from '@patient-access/database';
import type { AdapterPayload, Grant } from 'oidc-provider';
import { toRecord } from '../oidc/adapter.ts';
import { launchKey, type OpenedLaunch } from '../launch/launches.ts';
import type { LaunchContext } from '../launch/launch-request.ts';
import { consumeRecord, upsertStatement } from '../oidc/records.ts';

/** Version of the texts on the consent page: raise it whenever their meaning changes. */
const CONSENT_TEXT_VERSION = '2026-11-2';

export interface ConsentRecord {
  grantId: string;
  sub: string;
  /** logical id of the Patient; absent when no member data was asked for */
  member?: string;
  fhirUser?: string;
  clientId: string;
  clientName: string;
  asked: string;
  scope: string;
  /** ids of the kinds that were unticked */
  declined: string[];
  /** seconds from now */
  expiresIn: number;
  /** the payer launch that the authorization came of */
  launch?: OpenedLaunch;
}

/** Of all authorizations that came with one launch another one was first. */
export class LaunchUsed extends Error {}

/** What the engine's own `save` stores; its types leave it out. */
type StorableGrant = Grant & { getValueAndPayload(): Promise<{ payload: AdapterPayload }> };

const INSERT = {
  name: 'consent-insert',
  text: `INSERT INTO consent (tenant, grant_id, sub, member, fhir_user, client_id, client_name, asked, scope, declined,
                              text_version, until, launch_context)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12), $13)`,
};
const FIND = {
  name: 'consent-find',
  text: `SELECT member, fhir_user, client_name, launch_context FROM consent WHERE tenant = $1 AND grant_id = $2`,
};

export class Consents {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /**
   * Stores a new grant together with what was shown and agreed (security rule D20), and uses up its launch.
   *
   * @throws LaunchUsed when that was used before: then nothing is stored
   */
  async save(grant: Grant, consent: ConsentRecord): Promise<void> {
    const { payload } = await (grant as StorableGrant).getValueAndPayload();
    const record = toRecord(this.tenant, 'Grant', consent.grantId, payload, consent.expiresIn);
    const { launch } = consent;
    await inTransaction(this.pool, async (client) => {
      if (launch && !(await consumeRecord(client, launchKey(this.tenant, launch.id)))) throw new LaunchUsed();
      await client.query({ ...INSERT, values: this.values(consent) });
      await client.query(upsertStatement(record));
    });
  }

  private values(consent: ConsentRecord): unknown[] {
    const { grantId, sub, member, fhirUser, clientId, clientName, asked, scope, declined, expiresIn } =
      consent;
    const parties = [this.tenant, grantId, sub, member ?? null, fhirUser ?? null, clientId, clientName];
    const launched = consent.launch ? JSON.stringify(consent.launch.context) : null;
    return [...parties, asked, scope, declined, CONSENT_TEXT_VERSION, expiresIn, launched];
  }

  /** Who a grant is about; it never changes. */
  async find(
    grantId: string,
  ): Promise<{ member?: string; fhirUser?: string; clientName: string; launch?: LaunchContext } | undefined> {
    const { rows } = await this.pool.query<{
      member: string | null;
      fhir_user: string | null;
      client_name: string;
      launch_context: LaunchContext | null;
    }>({ ...FIND, values: [this.tenant, grantId] });
    const row = rows[0];
    return (
      row && {
        member: row.member ?? undefined,
        fhirUser: row.fhir_user ?? undefined,
        clientName: row.client_name,
        launch: row.launch_context ?? undefined,
      }
    );
  }
}
