/**
 * One SQL statement for what a page of an authorization request is going to read: sessions, the interaction, its client, its
 * grant and the person (ADR 120). Concurrent requests share it.
 */
import { type BatchStatement, findInBatch, type Pool } from '@patient-access/database';
import { type Account, accountBySub, type AccountRow, toAccount } from '../../domain/accounts/accounts.ts';
import { admittedClient, type Client, type ClientInJson, toClient } from '../../domain/clients/clients.ts';
import { grantRecordId, type OidcRecordRow, readableJson } from '../../domain/grants/records.ts';

/** What a request names. Ids are those of records, which are digests. */
export interface Named {
  session?: string | undefined;
  interaction?: string | undefined;
  client?: string | undefined;
}

/** A record with its id, or with its `uid` where it was found by that. */
interface FoundRecord extends OidcRecordRow {
  id: string;
}

/** What there is of it. All of it is good at the instant of the statement, as if each had been looked up alone. */
export interface Found {
  session?: FoundRecord;
  interaction?: FoundRecord;
  /** the session that the interaction belongs to, by its `uid` */
  sessionOfInteraction?: FoundRecord;
  grant?: FoundRecord;
  client?: Client;
  account?: Account;
}

interface Row {
  session: string | null;
  interaction: string | null;
  consumed_at: Date | null;
  visit: string | null;
  visit_uid: string | null;
  consented: string | null;
  consented_id: string | null;
  client: ClientInJson | null;
  account: AccountRow | null;
}

const GRANT_ID = grantRecordId(`(p.said #>> '{result,consent,grantId}')`);

const record = (condition: string): string =>
  `SELECT id, uid, payload, consumed_at, sub FROM valid_record WHERE tenant = k.tenant AND ${condition} LIMIT 1`;

const LOOK_AHEAD: BatchStatement = {
  name: 'page-look-ahead',
  text: `SELECT k.n, s.payload AS session, i.payload AS interaction, i.consumed_at, v.payload AS visit,
                v.uid AS visit_uid, g.payload AS consented, g.id AS consented_id, row_to_json(c) AS client,
                row_to_json(a) AS account
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
                  WITH ORDINALITY AS k (tenant, session, interaction, client, n)
                LEFT JOIN LATERAL (${record(`model = 'Session' AND id = k.session`)}) s ON true
                LEFT JOIN LATERAL (${record(`model = 'Interaction' AND id = k.interaction`)}) i ON true
                LEFT JOIN LATERAL (SELECT ${readableJson('i.payload')} AS said) p ON true
                LEFT JOIN LATERAL (${record(`k.session = '' AND model = 'Session' AND uid = p.said #>> '{session,uid}'`)}) v ON true
                LEFT JOIN LATERAL (${record(`model = 'Grant' AND id = ${GRANT_ID}`)}) g ON true
                LEFT JOIN LATERAL (${admittedClient("coalesce(p.said #>> '{params,client_id}', k.client)")}) c ON true
                LEFT JOIN LATERAL (${accountBySub('coalesce(i.sub, s.sub, v.sub)::uuid')}) a ON true`,
};

const found = (
  id: string | null,
  payload: string | null,
  consumed_at: Date | null = null,
): FoundRecord | undefined => (id && payload ? { id, payload, consumed_at } : undefined);

export async function lookAhead(pool: Pool, tenant: string, named: Named): Promise<Found> {
  const { session = '', interaction = '', client: clientId = '' } = named;
  const row = await findInBatch<Row>(pool, LOOK_AHEAD, [tenant, session, interaction, clientId]);
  if (!row) return {};
  const { client, account } = row;
  return {
    session: found(session, row.session),
    interaction: found(interaction, row.interaction, row.consumed_at),
    sessionOfInteraction: found(row.visit_uid, row.visit),
    grant: found(row.consented_id, row.consented),
    ...(client && { client: toClient(client) }),
    ...(account && !account.over && { account: toAccount(account) }),
  };
}
