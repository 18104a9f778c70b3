import { servedTypes } from '@patient-access/fhir';
import { z } from 'zod';
import { Brand } from '../brand/settings.ts';
import { FederationSettings } from '../federation/settings.ts';
import { SmartStyle } from '../launch/style.ts';
import { MAX_CONSENT_DAYS, Sensitive, TimeZone } from '../consent/settings.ts';

/** Open registration (RFC 7591), where the tenant has it: what keeps it from being flooded (security case O17). */
const Registration = z.strictObject({
  /** new clients from one network address */
  perAddressPerHour: z.int().positive().default(100),
  /** new clients from everywhere */
  perTenantPerHour: z.int().positive().default(1_000),
  /** a client that nobody has agreed to for so long is forgotten */
  unusedDays: z.int().positive().default(30),
});

/**
 * What a plan decides about its own authorization server. Stored as JSON with the tenant, set by
 * `npm run admin -- tenant configure`, in force on every replica as soon as that is committed. What is left out has
 * the value given here.
 */
export const TenantSettings = z.strictObject({
  /** published for apps that let people choose their plan; not published when left out */
  brand: Brand.optional(),
  /** `smart_style_url` of apps that are launched from the plan's portal */
  style: SmartStyle.prefault({}),
  /**
   * Fetch clients' key sets from the loopback interface too, for developers who run everything on one machine. Has
   * no effect on a production tenant.
   */
  loopbackKeySets: z.boolean().default(false),
  /** the longest that a member can agree to, in days of 24 hours; the usual choices are 90 days and 13 months */
  maxConsentDays: z.int().min(1).max(MAX_CONSENT_DAYS).default(MAX_CONSENT_DAYS),
  sensitive: Sensitive.prefault({}),
  /** types of resources that the plan offers; all that this API serves when left out */
  types: z.array(z.enum(servedTypes)).min(1).optional(),
  /** IANA name: where the dates that members read are dates */
  timeZone: TimeZone.default('America/New_York'),
  /** TOTP for logins with a password: not offered, up to the member, or demanded at the next login */
  secondFactor: z.enum(['off', 'optional', 'required']).default('optional'),
  /** whether members log in with a password that this server keeps */
  passwordLogin: z.boolean().default(true),
  /** the plan's own identity provider, where members log in instead or as well */
  federation: FederationSettings.optional(),
  /** apps on the member's own device: redirects to loopback, on any port, and to private-use schemes (RFC 8252) */
  nativeApps: z.boolean().default(false),
  registration: Registration.prefault({}),
});
export type TenantSettings = z.infer<typeof TenantSettings>;
