import { TENANT_ID, WHOLE_RECORD } from '@patient-access/fhir';
import { z } from 'zod';
import { oneLine } from './one-line.ts';
import { quickCheck } from './quick-check.ts';

/** AuditEvent.outcome (http://terminology.hl7.org/CodeSystem/audit-event-outcome). */
const Outcome = z.enum(['0', '4', '8', '12']);

/** A text that a client may choose (user agent, query string) is cut to this length before it is recorded. */
export const MAX_TEXT_CHARACTERS = 512;
export const MAX_REQUEST_CHARACTERS = 4_096;
/**
 * The longest scope that a token may have. The internal credential carries the scope, and has to fit into the 16 KiB
 * that an HTTP request has for its headers. A scope becomes long when the app asked for a wildcard and the member
 * unchecked one kind of data: the token then names all types of the other kinds.
 */
export const MAX_SCOPE_CHARACTERS = 8_192;
const MAX_CATEGORIES = 32;
const MAX_RELEASED_LABELS = 256;
const MAX_LABEL_CHARACTERS = 256;
/** A page has at most 100 resources, and what it includes a few times as many. An id has up to 64 characters. */
const MAX_RESOURCES_CHARACTERS = 256 * 1024;
/** The most Patients that the event of a file names. */
export const MAX_TRAIL_PATIENTS = 1_024;
const SHA_256 = /^[0-9a-f]{64}$/;

/**
 * One fact for the audit trail: who asked for what, and how it ended. It holds types, ids and counts, and never clinical
 * content (security rule D15).
 */
export const AccessEvent = z.strictObject({
  /** X-Request-ID of the request, minted by the gateway (UUID) */
  requestId: z.uuid(),
  /** the recording service; a request that goes to several owners leaves one event for each owner */
  service: z.string().min(1).max(64),
  tenant: z.string().regex(TENANT_ID),
  /** when the request was decided, ISO 8601 with milliseconds, UTC */
  recorded: z.iso.datetime(),
  /**
   * - `rest`: a FHIR interaction.
   * - `login`, `consent`, `token`: an event at the authorization server.
   * - `receipt`: somebody read (`read`), saved (`download`) or checked (`check`) the receipt for a consent. Who checks one
   *   need not be logged in.
   * - `launch`: a payer's system opened a launch (`open`), an app used it (`use`), or it was refused (`refuse`).
   * - `authorization`: an authorization request was refused without a redirect.
   * - `administration`: the plan (`user`) or the client itself changed a client or a registration token. The actions
   *   `sandbox-…` are what an app did to its own grant.
   * - `ingest`: data was imported into a service (`import`), or an import deleted some (`delete`): one event of each for a
   *   transaction (`counts`). `withdraw`: a record was taken from the wrong person (`member`), for the reason in `request`.
   *   `merge`, `unmerge`: the records of this person and of another one (`member`, an event for each) are one person's, or
   *   again two persons'; `request` has the id of the change at auth-service and the reason. `split`, `unsplit`: some of what
   *   stood under one of them is the other's, or is not; the same is in `request`. Somebody of the plan got a list of merges
   *   (`list-merges`), or began and ended an export of all records (`plan-export`, `plan-exported`), their move to another
   *   database (`plan-move`, `plan-moved`) or their deletion (`plan-delete`, `plan-deleted`), or set the plan's list of sensitive
   *   codes (`set-labels`; `request` says how many labels and codes it has), its displays (`set-displays`) or the rhythm of its
   *   loads (`set-rhythm`), or began to add words to all records (`add-words`) or to index them anew (`reindex`).
   * - `trail`: an act on the audit trail itself (`hold-set`, `hold-lift`, `hold-list`, `retention-set`, `drop`, `restore`, `lost`, `acknowledge`, `dead-letter-read`, `dead-letter-close`),
   *   or an event that was sent under the key of another tenant or member (`misdirected`).
   * - `account`: a person who is logged in, an app or an administrator read what auth-service itself has: the connected
   *   apps, a receipt, `userinfo`, the answer of an introspection, the clients of a plan.
   * - `attempt`: a request that left no event of another kind. `refuse`: a known caller was refused. `interrupt`: the
   *   answer broke off; what it disclosed is in the other event with the same request id.
   * - `denied-attempts`: refusals of callers whom nobody knows, or of more of them than leave an event each. Those of one
   *   minute, address and reason are one event with their number (`count`).
   * - `published-reads`: what everybody may read without a login, a provider directory or a formulary, was read. The
   *   reads of one minute, address and type are one event with their number.
   */
  kind: z.enum([
    'rest',
    'login',
    'consent',
    'token',
    'receipt',
    'launch',
    'authorization',
    'administration',
    'ingest',
    'trail',
    'account',
    'attempt',
    'denied-attempts',
    'published-reads',
  ]),
  /**
   * `rest`: the FHIR restful-interaction code. Other kinds: what was done, such as `issue`, `refresh`, `revoke`. A
   * consent has `grant`, `change` (the app keeps another consent beside this one), `narrow` (it replaces a wider one, of
   * which the member took a part back), `deny` or `revoke`.
   */
  action: z.string().min(1).max(64),
  outcome: Outcome,
  /**
   * Code of the refusal or failure, e.g. `scope-insufficient`, `not-found`, `invalid-token`. The revocation of a
   * consent has its cause here: `member`, `app`, `plan`, `password`, `relation`, `of-age`,
   * `coverage`, `death`, `not-before`, `restore`, `narrowed`.
   */
  reason: z.string().max(64).optional(),
  /** `login` only: the means that the person used */
  method: z.enum(['password', 'totp', 'recovery-code', 'federation']).optional(),
  /** the member of the token or login (AuditEvent.entity Patient), never the member that the request names */
  member: z.string().min(1).max(64).optional(),
  client: z
    .object({ id: z.string().max(MAX_TEXT_CHARACTERS), name: z.string().max(MAX_TEXT_CHARACTERS).optional() })
    .optional(),
  /** `consent` `revoke`: who ended the consent; in the sandbox it is always the app */
  by: z.enum(['member', 'app', 'plan']).optional(),
  /** who logged in: issuer, subject, the FHIR reference of the person where it is known, and an auditor's login name */
  user: z
    .object({
      iss: z.string(),
      sub: z.string(),
      fhirUser: z.string().optional(),
      name: z.string().max(MAX_TEXT_CHARACTERS).optional(),
    })
    .optional(),
  grantId: z.string().max(128).optional(),
  /** jti of the access token */
  token: z.string().max(128).optional(),
  scope: z.string().max(MAX_SCOPE_CHARACTERS).optional(),
  /**
   * Sensitivity labels (`system|code`) that were released to the caller who caused this event. Absent if nothing was
   * withheld from the caller: a page of the member's own, the plan, an auditor, an import. It decides which apps may see
   * the event: see {@link audienceLabels}.
   */
  released: z.array(z.string().max(MAX_LABEL_CHARACTERS)).max(MAX_RELEASED_LABELS).optional(),
  /** `consent`: ids of the categories of sensitive data that the member released */
  sensitive: z.array(z.string().max(64)).max(MAX_CATEGORIES).optional(),
  /** `consent`: scopes that the app asked for and that nobody could grant: `fhirUser` without a resource to read */
  notGranted: z.array(z.string().max(64)).max(MAX_CATEGORIES).optional(),
  /** `consent`: when the consent ends, ISO 8601 */
  until: z.iso.datetime().optional(),
  /** `consent`: SHA-256 of the consent snapshot, hex; auth-service keeps the snapshot */
  snapshotSha256: z.string().regex(SHA_256).optional(),
  /** network address of the client, as the gateway saw it */
  address: z.string().max(64).optional(),
  /**
   * `rest`: method and path with query, relative to the FHIR base; `trail`: the act in words; `attempt` and
   * `denied-attempts`: method and route; `published-reads`: the publication, interaction and type
   */
  request: z.string().max(MAX_REQUEST_CHARACTERS).optional(),
  /** FHIR type that the request names */
  type: z.string().max(64).optional(),
  /** a read only: the resource that was disclosed, `Type/id` with its version; absent on refusals */
  resource: z.object({ reference: z.string(), version: z.string() }).optional(),
  /**
   * A search, a history or an operation: what left, by type. Ids are separated by spaces, in the order of the answer. A
   * version other than 1 stands behind its id: `eob-1 eob-2/3`. See {@link disclosedVersions}.
   */
  resources: z.record(z.string().max(64), z.string().max(MAX_RESOURCES_CHARACTERS)).optional(),
  /** resources disclosed, by type */
  counts: z.record(z.string(), z.number().int().nonnegative()).optional(),
  /** `denied-attempts`: the number of refusals; `published-reads`: of reads; `trail` `drop`: the number of records; `lost`: of
   * events */
  count: z.number().int().positive().optional(),
  /** SHA-256 of the body that was sent, hex */
  bodyHash: z.string().regex(SHA_256).optional(),
  /** a file that was made of the trail: of what, so that the same file can be made again, and about whom */
  trail: z
    .object({
      /** of each lane the number above which nothing was read, with dots between them */
      upto: z.string().max(MAX_TEXT_CHARACTERS),
      /** number of members whose events were read */
      members: z.number().int().nonnegative(),
      /** Patient ids of these, the first {@link MAX_TRAIL_PATIENTS} */
      patients: z.array(z.string().max(64)).max(MAX_TRAIL_PATIENTS),
    })
    .optional(),
});
export type AccessEvent = z.infer<typeof AccessEvent>;

/**
 * The labels that have to be released to an app before it may see an event: all labels that were released to the caller
 * who caused it. The request and the answer of such a caller would be the same if the records that are withheld from the
 * app did not exist. If nothing was withheld from the caller, no app sees the event
 * (docs/adr/0053-show-an-app-the-events-of-those-who-see-no-more-than-it.md).
 *
 * @returns `system|code`, sorted; empty for every app that may see the member's trail
 */
export const audienceLabels = ({ released }: Pick<AccessEvent, 'released'>): string[] =>
  released ? [...new Set(released)].sort() : [WHOLE_RECORD];

/**
 * The forms of a record. Both are read. In form 2 an act of the kind `ingest` has the codes of what it does, and in form 1 those
 * of an import (docs/adr/0153-say-in-a-second-form-what-an-act-on-records-is.md).
 */
const FORMS = [1, 2] as const;
type Form = (typeof FORMS)[number];
const RecordForm = AccessEvent.extend({ v: z.literal(FORMS) });
const isRecord = quickCheck(RecordForm);

/** An event that was read from its record, in the form of which it is. */
export type RecordedEvent = AccessEvent & { v: Form };

/** What services write as an act of the kind `ingest`. Each has its codes from the commit on that brings it (ADR 153). */
export type ActOnRecords =
  | 'import'
  | 'delete'
  | 'withdraw'
  | 'merge'
  | 'unmerge'
  | 'split'
  | 'unsplit'
  | 'list-merges'
  | `set-${'labels' | 'displays' | 'rhythm'}`
  | 'add-words'
  | 'reindex'
  | `plan-${'export' | 'exported' | 'move' | 'moved' | 'delete' | 'deleted'}`;

/** Acts that have the same codes in both forms. */
const IMPORTS: ReadonlySet<string> = new Set<ActOnRecords>(['import', 'delete']);

/** What says the same in both forms is written in the first, which the release before reads. */
const formOf = ({ kind, action }: AccessEvent): Form => (kind === 'ingest' && !IMPORTS.has(action) ? 2 : 1);

/**
 * What Postgres reads in no JSON is U+0000 and half of a surrogate pair, and one such escape keeps the whole document from
 * every query. `JSON.stringify` escapes both in this way; what is readable has few other escapes.
 */
export const isReadable = (json: string): boolean =>
  !json.includes('\\u') || !/\\u(?:0000|d)/.test(json.replaceAll('\\\\', ''));

const readable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\uFFFD');

/** A replacer of `JSON.stringify`: names of members too. */
function replaceUnreadable(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return readable(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [readable(name), of]));
}

/**
 * @returns the record of an event: JSON in {@link oneLine}, which is hashed, signed and stored as it is. Postgres reads it,
 *   whatever a client sent, and wherever its text was cut
 */
export function recordOf(event: AccessEvent): string {
  const record = { v: formOf(event), ...event };
  const json = JSON.stringify(record);
  return oneLine(isReadable(json) ? json : JSON.stringify(record, replaceUnreadable));
}

/** @returns the JSON of a text, and the event that it is; or the reason why it is none */
export function eventOrReason(text: string): { json: unknown; event: RecordedEvent } | { invalid: string } {
  try {
    const json: unknown = JSON.parse(text);
    const result = isRecord(json)
      ? { success: true as const, data: json as z.infer<typeof RecordForm> }
      : RecordForm.safeParse(json);
    if (!result.success) return { invalid: z.prettifyError(result.error) };
    return { json, event: result.data };
  } catch (error) {
    return { invalid: `not JSON: ${String(error)}` };
  }
}

/**
 * Reads a record that is stored. It may be older than the limits of what arrives (arriving.ts), and stays what it was then.
 *
 * @returns the event, or the reason why the text is none
 */
export function parseRecord(text: string): { event: RecordedEvent } | { invalid: string } {
  const parsed = eventOrReason(text);
  return 'invalid' in parsed ? parsed : { event: parsed.event };
}

/** @throws Error for a text that is no record */
export function eventOf(text: string): RecordedEvent {
  const parsed = parseRecord(text);
  if ('invalid' in parsed) throw new Error(`not a record: ${parsed.invalid}`);
  return parsed.event;
}
