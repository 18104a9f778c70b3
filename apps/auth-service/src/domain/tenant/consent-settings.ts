/** What a plan decides about consent: part of its settings (tenant/settings.ts). */
import { SENSITIVE_CATEGORIES, type SensitiveCategory, WHOLE_RECORD } from '@patient-access/fhir';
import { isTimeZone } from '@patient-access/internal-api';
import { z } from 'zod';

/** The longest possible consent: 13 months have at most this many days. */
export const MAX_CONSENT_DAYS = 397;
/** Each label travels in every token that releases it. */
const MAX_OWN_CATEGORIES = 8;
const MAX_LABELS = 8;
const MAX_LABEL_CHARACTERS = 120;

const CATEGORIES = Object.keys(SENSITIVE_CATEGORIES) as SensitiveCategory[];

const Words = z.strictObject({ label: z.string().min(1).max(60), explanation: z.string().min(1).max(200) });

/** A category of sensitive data that the plan defines itself. */
const OwnCategory = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens')
    .refine((id) => !(id in SENSITIVE_CATEGORIES), 'is the id of a category that exists already'),
  /** labels in `meta.security` of its resources, each as `system|code` */
  labels: z
    .array(
      z
        .string()
        .max(MAX_LABEL_CHARACTERS)
        .regex(/^[^\s|]+\|[^\s|]+$/, 'system|code')
        .refine((label) => label !== WHOLE_RECORD, 'is a label that nobody can release'),
    )
    .min(1)
    .max(MAX_LABELS),
  text: z.strictObject({ en: Words, es: Words }),
  /** its records are under 42 CFR Part 2 */
  part2: z.boolean().default(false),
});

/** Which sensitive data the plan lets its members release. */
export const Sensitive = z.strictObject({
  /** categories of libs/fhir that a member may release; data of the other categories is never sent to an app */
  offered: z.array(z.enum(CATEGORIES)).default(CATEGORIES),
  /** categories of libs/fhir whose records are under 42 CFR Part 2, and leave with its notice */
  part2: z.array(z.enum(CATEGORIES)).default(['substance-use']),
  /** the plan's own categories; all of them are offered */
  own: z
    .array(OwnCategory)
    .max(MAX_OWN_CATEGORIES)
    .refine((own) => new Set(own.map(({ id }) => id)).size === own.length, 'has the same id twice')
    .default([]),
});

export const TimeZone = z.string().refine(isTimeZone, 'an IANA time zone');
