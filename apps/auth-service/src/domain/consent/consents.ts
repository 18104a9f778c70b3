/**
 * The consents of members. A row is written together with its grant in one transaction. Only its end and its
 * publication (due-consents.ts) change it.
 */
import { type BatchStatement, findInBatch, type PlannedOnce, type Pool } from '@patient-access/database';
import { type AccessEvent, recordOf } from '@patient-access/events';
import { recordFrom } from '@patient-access/outbox/record';
import { personReference } from '@patient-access/smart';
import type { NewOidcRecord } from '../grants/records.ts';
import type { OpenedLaunch } from '../launch/launches.ts';
import type { Choice } from './choice.ts';
import { type GrantSubject, SUBJECT_COLUMNS, type SubjectRow, toSubject } from './grant-subject.ts';
import type { WrittenSnapshot } from './consent-snapshot.ts';

export interface ConsentRecord {
  grantId: string;
  sub: string;
  /** logical id of the Patient; absent when no member data was asked for */
  member?: string;
  fhirUser?: string;
  /** who agreed, as an absolute FHIR reference, whether or not the app may know it */
  givenBy?: string;
  clientId: string;
  /** the scope as the app wrote it */
  askedScope?: string;
  /** the page to which the member agreed */
  page: WrittenSnapshot;
  choice: Choice;
  /** when it ends, in seconds since the epoch */
  until: number;
  /** the payer launch with which the authorization began */
  launch?: OpenedLaunch;
  /** `Account.loginsEnded` when the member agreed; absent: whatever it is */
  loginsEnded?: number;
}

/** Another press has answered the page, or it has ended. */
export class PageAnswered extends Error {}

/** Another authorization with the same launch came first. */
export class LaunchUsed extends Error {}

/** The app was deleted or banned while the member agreed. */
export class AppGone extends Error {}

/** What the login had was ended while the member agreed, as by a new password. */
export class LoginEnded extends Error {}

/** The login may not see this person's data any more. */
export class RelationOver extends Error {}

/** The newest live consent of the same person for the same app and data. */
const BEFORE = `FROM consent o WHERE o.tenant = $1 AND o.sub = $3::uuid AND o.client_id = $6
                   AND o.member IS NOT DISTINCT FROM $4 AND o.revoked_at IS NULL AND o.until > now()
                 ORDER BY o.granted_at DESC LIMIT 1`;

/**
 * One statement does all of it or nothing: it gives the page its one answer, uses up the launch, stores the consent and its
 * grant with their events, and keeps the client for as long as the grant and a day more. So the client of a popular app is
 * written once a day, and consents do not wait for each other's write of its row. The grant's record expires with the relation
 * that it stands on. The row of the relation is locked, so that a withdrawal at the same time comes before this statement, or ends
 * its grant. So is that of the login before it, for whoever ends all that a login has (accounts/sessions.ts), and first of all
 * that of the app, for whoever deletes or bans it.
 *
 * If several answer one page, Postgres gives its row to one of them, and the others find it used and store nothing. Where
 * the launch was used, or the app, the relation or the login is over, the page is used up and has no answer yet. Postgres would plan
 * the statement each time: without a launch or a member parts of it fall away, and what is left looks cheaper.
 */
const SAVE: PlannedOnce = {
  name: 'consent-save',
  plannedOnce: true,
  text: `WITH app AS MATERIALIZED (SELECT 1 FROM client
                        WHERE tenant = $1 AND id = $6 AND expires_at > now() AND banned_at IS NULL
                          FOR KEY SHARE),
              login AS MATERIALIZED (SELECT 1 FROM account
                        WHERE EXISTS (SELECT FROM app)
                          AND tenant = $1 AND sub = $3::uuid AND logins_ended = coalesce($29::int, logins_ended)
                          FOR SHARE),
              relation AS MATERIALIZED (SELECT ends_at, ends_by FROM account_member
                        WHERE EXISTS (SELECT FROM login)
                          AND tenant = $1 AND sub = $3::uuid AND patient = person_of_grant($4, $5)
                          AND (ends_at IS NULL OR ends_at > now())
                          FOR SHARE),
              stands AS (SELECT ends_at, ends_by FROM relation UNION ALL
                         SELECT NULL::timestamptz, NULL::text
                          WHERE EXISTS (SELECT FROM login) AND person_of_grant($4, $5) IS NULL),
              unused AS MATERIALIZED (SELECT 1 FROM valid_record
                        WHERE tenant = $1 AND model = 'Launch' AND id = $18 AND consumed_at IS NULL FOR UPDATE),
              ready AS MATERIALIZED (SELECT * FROM stands WHERE $18::text IS NULL OR EXISTS (SELECT FROM unused)),
              claimed AS (UPDATE valid_record
                             SET consumed_at = now(),
                                 payload = CASE WHEN EXISTS (SELECT FROM ready) THEN $24 ELSE payload END,
                                 sub = CASE WHEN EXISTS (SELECT FROM ready) THEN $25 ELSE sub END
                           WHERE tenant = $1 AND model = 'Interaction' AND id = $23 AND consumed_at IS NULL
                          RETURNING 1),
              first AS MATERIALIZED (SELECT * FROM ready WHERE $23::text IS NULL OR EXISTS (SELECT FROM claimed)),
              used AS (UPDATE valid_record SET consumed_at = now()
                        WHERE tenant = $1 AND model = 'Launch' AND id = $18 AND EXISTS (SELECT FROM first)),
              kept AS (UPDATE client
                          SET expires_at = now() + make_interval(secs => $19) + unused_for + interval '1 day'
                        WHERE tenant = $1 AND id = $6 AND expires_at < now() + make_interval(secs => $19) + unused_for
                          AND EXISTS (SELECT FROM first)),
              granted AS (INSERT INTO oidc_record (tenant, model, id, payload, grant_id, expires_at)
                          SELECT $1, 'Grant', $20, $21, $2, least(now() + make_interval(secs => $19), ends_at) FROM first),
              choice AS MATERIALIZED (
                SELECT coalesce((SELECT (o.scope, o.sensitive) IS DISTINCT FROM ($11, $13::text[]) ${BEFORE}), false) AS changed
                  FROM first),
              stored AS (
                INSERT INTO consent (tenant, grant_id, sub, member, fhir_user, client_id, client_name, requested_scope, snapshot,
                                     text_version, scope, declined, sensitive, sensitive_labels, until, launch_context, given_by,
                                     asked_scope, over_at, over_by)
                SELECT $1, $2, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12::text[], $13::text[], $14::text[],
                       to_timestamp($15), $16::jsonb, $17, $22, ends_at, ends_by
                  FROM first),
              recorded AS (${recordFrom(`
                SELECT e.event FROM choice, unnest(ARRAY[CASE WHEN changed THEN $27 ELSE $26 END, $28]) AS e (event)
                 WHERE e.event IS NOT NULL`)})
         SELECT $23::text IS NULL OR EXISTS (SELECT FROM claimed) AS claimed, EXISTS (SELECT FROM app) AS "isApp",
                EXISTS (SELECT FROM login) AS "isLogin",
                EXISTS (SELECT FROM stands) AS stands, (SELECT changed FROM choice) AS changed`,
};

interface SavedRow {
  /** is this the first answer to the page? */
  claimed: boolean;
  /** is the app there, and not banned? */
  isApp: boolean;
  /** has nothing of the login ended since the member agreed? */
  isLogin: boolean;
  /** may the login see the member's data? */
  stands: boolean;
  /** null: nothing was stored */
  changed: boolean | null;
}

/** The page that the consent answers, and what the trail says of it. */
export interface ConsentAnswer {
  /** the page's record, with the answer */
  page: Pick<NewOidcRecord, 'id' | 'payload' | 'sub'>;
  /** of the consent, by whether the app's choice has changed */
  eventOf(changed: boolean): AccessEvent;
  /** of the launch that was used */
  launchEvent?: AccessEvent | undefined;
}

const answerColumns = (answer?: ConsentAnswer) => [
  ...(answer ? [answer.page.id, answer.page.payload, answer.page.sub] : [null, null, null]),
  ...(answer ? [false, true].map((changed) => recordOf(answer.eventOf(changed))) : [null, null]),
  answer?.launchEvent ? recordOf(answer.launchEvent) : null,
];

const FIND: BatchStatement = {
  name: 'consent-find',
  text: `SELECT k.n, c.* FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (tenant, grant_id, n),
           LATERAL (SELECT ${SUBJECT_COLUMNS} FROM consent
                     WHERE tenant = k.tenant AND grant_id = k.grant_id LIMIT 1) c`,
};

export class Consents {
  private readonly pool: Pool;
  private readonly tenant: string;

  constructor(pool: Pool, tenant: string) {
    this.pool = pool;
    this.tenant = tenant;
  }

  /**
   * Stores a new grant together with its consent snapshot (security rule D20), and uses up its launch.
   *
   * @param grant the record by which oidc-provider finds the grant
   * @param answer undefined: no page is answered, and nothing is recorded
   * @returns whether the choice differs from the app's newest live consent
   * @throws PageAnswered when the page has an answer, or is gone; then nothing is stored
   * @throws AppGone when the app was deleted or banned meanwhile; then nothing is stored
   * @throws LoginEnded when what the login has was ended meanwhile; then nothing is stored
   * @throws LaunchUsed when the launch was used before; then nothing is stored
   * @throws RelationOver when the login may not see the member's data any more; then nothing is stored
   */
  async save(
    { id, payload }: Pick<NewOidcRecord, 'id' | 'payload'>,
    consent: ConsentRecord,
    answer?: ConsentAnswer,
  ): Promise<{ changed: boolean }> {
    const expiresIn = consent.until - Date.now() / 1000;
    const launch = consent.launch?.id ?? null;
    const values = [
      ...this.values(consent),
      launch,
      expiresIn,
      id,
      payload,
      consent.askedScope ?? null,
      ...answerColumns(answer),
      consent.loginsEnded ?? null,
    ];
    const { rows } = await this.pool.query<SavedRow>({ ...SAVE, values });
    const { claimed, isApp, isLogin, stands, changed } = rows[0] as SavedRow;
    if (!claimed) throw new PageAnswered();
    if (!isApp) throw new AppGone();
    if (!isLogin) throw new LoginEnded();
    if (changed !== null) return { changed };
    throw stands ? new LaunchUsed() : new RelationOver();
  }

  private values(consent: ConsentRecord): unknown[] {
    const { grantId, sub, member, fhirUser, clientId, choice, until } = consent;
    const { snapshot, text } = consent.page;
    const parties = [
      this.tenant,
      grantId,
      sub,
      member ?? null,
      fhirUser ?? null,
      clientId,
      snapshot.app.name,
    ];
    const { scope, declined, sensitive, labels } = choice;
    const page = [snapshot.scope, text, snapshot.textVersion];
    const launched = consent.launch ? JSON.stringify(consent.launch.context) : null;
    const givenBy = consent.givenBy === undefined ? null : personReference(consent.givenBy);
    return [...parties, ...page, scope, declined, sensitive, labels, until, launched, givenBy];
  }

  /** The subject of a grant, which never changes. */
  async find(grantId: string): Promise<GrantSubject | undefined> {
    const row = await findInBatch<SubjectRow>(this.pool, FIND, [this.tenant, grantId]);
    return row && toSubject(row);
  }
}
