import { DEFAULT_GUIDE_SET, GUIDE_SETS, PUBLICATIONS, servedTypes } from '@patient-access/fhir';
import { RequestsPerMinute } from '@patient-access/internal-api';
import { z } from 'zod';
import { ApplicationSettings } from './application-settings.ts';
import { Brand } from './brand-settings.ts';
import { MemberHelp } from './member-help-settings.ts';
import { FederationSettings } from './federation-settings.ts';
import { JoinSettings } from './join-settings.ts';
import { MailSettings } from './mail-settings.ts';
import { ComingOfAge } from './coming-of-age.ts';
import { Leaving } from './leaving.ts';
import { StatementIssuers } from './statement-settings.ts';
import { SmartStyle } from './style-settings.ts';
import { MAX_CONSENT_DAYS, Sensitive, TimeZone } from './consent-settings.ts';

/** What was moved from one person to another is kept for undoing it, and what has come since makes that less certain. */
const MAX_UNDO_DAYS = 365;

/** Limits of open registration (RFC 7591; security case O17). */
const Registration = z.strictObject({
  /** new clients from one network address */
  perAddressPerHour: z.int().positive().default(100),
  /** new clients from all addresses together */
  perTenantPerHour: z.int().positive().default(1_000),
  /** a client without a consent is deleted after this time */
  unusedDays: z.int().positive().default(30),
});

/**
 * The settings of a plan's authorization server. They are stored as JSON with the tenant and set by `npm run admin --
 * tenant configure`. Every replica applies them from the commit on. A missing setting has the default that is given
 * here.
 */
export const TenantSettings = z.strictObject({
  /** published for apps that let people choose their plan; not published when left out */
  brand: Brand.optional(),
  /** `smart_style_url` of apps that are launched from the plan's portal */
  style: SmartStyle.prefault({}),
  /**
   * Fetch key sets of clients from the loopback interface too, for developers who run everything on one machine. It
   * has no effect on a production tenant.
   */
  loopbackKeySets: z.boolean().default(false),
  /** the longest that a member can agree to, in days of 24 hours; the usual choices are 90 days and 13 months */
  maxConsentDays: z.int().min(1).max(MAX_CONSENT_DAYS).default(MAX_CONSENT_DAYS),
  sensitive: Sensitive.prefault({}),
  /** types of resources that the plan offers; all types of this API when left out */
  types: z.array(z.enum(servedTypes)).min(1).optional(),
  /** the set of guides that the plan's data follows, for its CapabilityStatement (ADR 107) */
  guides: z.enum(GUIDE_SETS).default(DEFAULT_GUIDE_SET),
  /** what everybody may read without a login: the provider directory, the formulary (CMS-9115-F) */
  publications: z.array(z.enum(PUBLICATIONS)).default([]),
  /** when a child's data is the child's own */
  comingOfAge: ComingOfAge.prefault({}),
  /** for how long data is seen after the coverage has ended, and after a death */
  leaving: Leaving.prefault({}),
  /** for how long the merge of two records of one person can be undone */
  undoDays: z.int().min(0).max(MAX_UNDO_DAYS).default(30),
  /** IANA name of the time zone for the dates that members read, and in which birthdays begin */
  timeZone: TimeZone.default('America/New_York'),
  /** TOTP for logins with a password: not offered, optional, or required at the next login */
  secondFactor: z.enum(['off', 'optional', 'required']).default('optional'),
  /** whether members log in with a password that this server keeps */
  passwordLogin: z.boolean().default(true),
  /** the plan's page for members who cannot log in; linked on the login pages */
  helpPage: z.url({ protocol: /^https$/ }).optional(),
  /** what the plan says in its own words on the page that tells members about apps */
  memberHelp: MemberHelp.prefault({}),
  /** the plan's own identity provider, in place of passwords or beside them */
  federation: FederationSettings.optional(),
  /** apps on the member's own device: redirects to loopback on any port, and to private-use schemes (RFC 8252) */
  nativeApps: z.boolean().default(false),
  registration: Registration.prefault({}),
  /** how often apps may ask; it can only lower what the operator allows (ADR 104) */
  requestsPerMinute: RequestsPerMinute.strict().prefault({}),
  /** developers may apply for an app here; none can when left out */
  applications: ApplicationSettings.optional(),
  /** whose software statements make a verified app (RFC 7591 section 2.3) */
  softwareStatements: StatementIssuers,
  /** whether everybody may read how apps get on with the plan, without anything about few */
  publishScorecard: z.boolean().default(false),
  /** e-mail to members; a plan without it sends none */
  mail: MailSettings.optional(),
  /** members make accounts with a password alone; left out, the plan makes them */
  join: JoinSettings.optional(),
});
export type TenantSettings = z.infer<typeof TenantSettings>;
