/** The subject of a grant: whose data, which login and app. It is written with the grant and never changes. */
import type { LaunchContext } from '../launch/launch-request.ts';

export interface GrantSubject {
  member?: string;
  fhirUser?: string;
  clientName: string;
  /** labels of the sensitive data that the member released */
  sensitive: string[];
  /** ids of their categories */
  categories: string[];
  /** when the member agreed, and when the consent ends, ISO 8601 */
  from: string;
  until: string;
  /** the scope as the app wrote it, and the one that the member agreed to; absent for grants from before it was kept */
  asked?: { scope: string; granted: string };
  /** what the payer's portal said when it opened the launch */
  launch?: LaunchContext;
}

export interface SubjectRow {
  member: string | null;
  fhir_user: string | null;
  client_name: string;
  sensitive_labels: string[];
  sensitive: string[];
  granted_at: Date | string;
  until: Date | string;
  launch_context: LaunchContext | null;
  asked_scope: string | null;
  scope: string;
}

/** Columns of `consent`. */
export const SUBJECT_COLUMNS =
  'member, fhir_user, client_name, sensitive_labels, sensitive, granted_at, until, launch_context, asked_scope, scope';

export const toSubject = (row: SubjectRow): GrantSubject => ({
  member: row.member ?? undefined,
  fhirUser: row.fhir_user ?? undefined,
  clientName: row.client_name,
  launch: row.launch_context ?? undefined,
  asked: row.asked_scope === null ? undefined : { scope: row.asked_scope, granted: row.scope },
  sensitive: row.sensitive_labels,
  categories: row.sensitive,
  // As JSON of the database, or as a Date.
  from: new Date(row.granted_at).toISOString(),
  until: new Date(row.until).toISOString(),
});
