/** What a payer system says when it opens a launch (SMART App Launch, "Launch context"; checklist items 45, 51, 54). */
import { isId, parseReference } from '@patient-access/fhir';
import { z } from 'zod';

const MAX_CONTEXT_ITEMS = 16;
const MAX_URI_CHARACTERS = 512;
const MAX_INTENT_CHARACTERS = 128;
/** All of it travels with every request in the signed statement about the token, which is a header. */
const MAX_CONTEXT_CHARACTERS = 2_048;

/** What `role` says when it is absent, and the one that SMART defines. */
const LAUNCH_ROLE = 'launch';
/** They have launch parameters of their own, so that in the role `launch` they would be said twice. */
const NOT_IN_LAUNCH_ROLE = new Set(['Patient', 'Encounter']);

const Uri = z.url().max(MAX_URI_CHARACTERS);
const Identifier = z
  .strictObject({ system: Uri.optional(), value: z.string().min(1).max(MAX_URI_CHARACTERS) })
  .describe('FHIR Identifier');

/** 2.2: at least one of reference, canonical, identifier; 2.1 knew `reference` alone. */
const ContextItem = z
  .strictObject({
    reference: z
      .string()
      .refine((text) => parseReference(text) !== undefined, 'must be relative: Type/id')
      .optional(),
    canonical: Uri.optional(),
    identifier: Identifier.optional(),
    type: z
      .string()
      .regex(/^[A-Z][A-Za-z]{1,63}$/)
      .optional(),
    role: z.union([z.literal(LAUNCH_ROLE), Uri], 'must be an absolute URI, or "launch"').optional(),
  })
  .refine(
    ({ reference, canonical, identifier }) => (reference ?? canonical ?? identifier) !== undefined,
    'needs reference, canonical or identifier',
  )
  .refine(
    ({ reference, type, role = LAUNCH_ROLE }) =>
      role !== LAUNCH_ROLE ||
      ![parseReference(reference)?.type, type].some((name) => NOT_IN_LAUNCH_ROLE.has(name ?? '')),
    'Patient and Encounter need a role other than "launch"',
  );
type ContextItem = z.infer<typeof ContextItem>;

/** `abc` and `Coverage/abc` are the same. */
const idOf = (type: string) =>
  z
    .string()
    .transform((text) => (text.startsWith(`${type}/`) ? text.slice(type.length + 1) : text))
    .refine(isId, `must be a FHIR id or ${type}/id`);

const LaunchRequest = z
  .strictObject({
    patient: idOf('Patient'),
    coverage: idOf('Coverage').optional(),
    fhirContext: z.array(ContextItem).max(MAX_CONTEXT_ITEMS).default([]),
    intent: z.string().min(1).max(MAX_INTENT_CHARACTERS).optional(),
    /** false only when the portal shows a banner of its own around the app */
    need_patient_banner: z.boolean().default(true),
    /** the only client that may use the launch; `client_id` is the caller's */
    app_client_id: z.string().min(1).max(MAX_URI_CHARACTERS).optional(),
  })
  .transform(({ patient, coverage, fhirContext, app_client_id, ...rest }) => {
    const covered: ContextItem[] = coverage === undefined ? [] : [{ reference: `Coverage/${coverage}` }];
    return { patient, app: app_client_id, context: { ...rest, fhirContext: [...covered, ...fhirContext] } };
  })
  .refine(
    ({ context }) => JSON.stringify(context).length <= MAX_CONTEXT_CHARACTERS,
    `the launch context must not be longer than ${MAX_CONTEXT_CHARACTERS} characters`,
  );

/** A launch as it is opened: whose, for which app if not for any, and what goes along. */
export type Launch = z.infer<typeof LaunchRequest>;
/** What goes along with the member; stored with the consent, as it is said as long as the grant lives. */
export type LaunchContext = Launch['context'];

/**
 * @param body the JSON object that was sent, without credentials
 * @returns the launch, or what is wrong with it, in one line
 */
export function parseLaunchRequest(body: Record<string, unknown>): { launch: Launch } | { invalid: string } {
  const { success, data, error } = LaunchRequest.safeParse(body);
  if (success) return { launch: data };
  const lines = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  return { invalid: lines.join('; ') };
}
