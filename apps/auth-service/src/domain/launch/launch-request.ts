/**
 * The request by which a payer system opens a launch (SMART App Launch, "Launch context"; checklist items 45, 51,
 * 54).
 */
import { isId, parseReference } from '@patient-access/fhir';
import { z } from 'zod';
import { parseInput } from '../parse-input.ts';

const MAX_CONTEXT_ITEMS = 16;
const MAX_URI_CHARACTERS = 512;
const MAX_INTENT_CHARACTERS = 128;
/** The context travels with every request in the introspection JWT, which is a header. */
const MAX_CONTEXT_CHARACTERS = 2_048;

/** The role when none is given, and the only one that SMART defines. */
const LAUNCH_ROLE = 'launch';
/** These have launch parameters of their own, so the role `launch` would repeat them. */
const NOT_IN_LAUNCH_ROLE = new Set(['Patient', 'Encounter']);

const Uri = z.url().max(MAX_URI_CHARACTERS);
const Identifier = z
  .strictObject({ system: Uri.optional(), value: z.string().min(1).max(MAX_URI_CHARACTERS) })
  .describe('FHIR Identifier');

/** SMART 2.2 demands at least one of reference, canonical and identifier; 2.1 had `reference` alone. */
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

/** `abc` and `Coverage/abc` mean the same. */
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
    /** the only client that may use the launch; `client_id` is the id of the caller */
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

/** A launch: for which member and app, and with which context. Without an app, any app may use it. */
export type Launch = z.infer<typeof LaunchRequest>;
/** The context of a launch. It is stored with the consent and does not change while the grant lives. */
export type LaunchContext = Launch['context'];

/**
 * @param body the JSON object of the request, without credentials
 * @param refuse makes the error from one line that says what is wrong
 * @throws the error of `refuse`
 */
export const parseLaunchRequest = (
  body: Record<string, unknown>,
  refuse: (problem: string) => Error,
): Launch => parseInput(LaunchRequest, body, ({ text }) => refuse(text));
