/** The launch context of a token. It is the same in the token response, after each refresh and in introspection. */
import { parseReference } from '@patient-access/fhir';
import { coversType, type ResourceScope, resourceScopes, type TokenClaims } from '@patient-access/smart';
import type { Client } from 'oidc-provider';
import type { Tenant } from '../../domain/tenant/tenant.ts';
import { FHIR_CONTEXT_FORM } from '../../domain/launch/client-metadata.ts';
import type { LaunchContext } from '../../domain/launch/launch-request.ts';
import { styleUrl } from '../../domain/launch/style.ts';
import { isNamedOnly } from '../../domain/scopes/scopes.ts';

type ContextItem = LaunchContext['fhirContext'][number];
type TokenContext = Pick<TokenClaims, 'need_patient_banner' | 'fhirContext' | 'intent' | 'smart_style_url'>;

/** The claims of a token that are also members of the token response (checklist item 45). */
export const RESPONSE_MEMBERS = [
  'patient',
  'need_patient_banner',
  'fhirContext',
  'intent',
  'smart_style_url',
  'tenant',
] as const;

/**
 * May a token with these scopes learn of the item? That a claim was on the screen is known only to who may read claims. A
 * canonical alone names what is published. An identifier without a type may be of anything, so nobody is told.
 */
function mayLearnOf(scopes: readonly ResourceScope[], { reference, identifier, type }: ContextItem): boolean {
  if (reference === undefined && identifier === undefined) return true;
  const named = [parseReference(reference)?.type, type].filter((each) => each !== undefined);
  const opens = (one: string) => scopes.some((scope) => coversType(scope, one, isNamedOnly(one)));
  return named.length > 0 && named.every(opens);
}

/**
 * Converts the items into the form of SMART 2.0, which has references and no roles. Items that it cannot express are
 * left out.
 */
function inForm(client: Client, items: LaunchContext['fhirContext']): TokenClaims['fhirContext'] {
  if (items.length === 0) return undefined;
  if (client[FHIR_CONTEXT_FORM] !== '2.0') return items;
  return items.flatMap(({ reference, role = 'launch' }) =>
    reference !== undefined && role === 'launch' ? [reference] : [],
  );
}

/**
 * @param launch the context from the payer's system; undefined in a standalone launch. In a standalone launch the app
 * itself has to show whose data it is, and there is no portal whose style it could follow.
 * @param scope of the token: the context names no resource of a type that it does not open
 */
export function tokenContext(
  tenant: Tenant,
  client: Client,
  launch: LaunchContext | undefined,
  scope = '',
): TokenContext {
  if (!launch) return { need_patient_banner: true };
  const { need_patient_banner, intent } = launch;
  const scopes = resourceScopes(scope);
  const fhirContext = launch.fhirContext.filter((item) => mayLearnOf(scopes, item));
  const smart_style_url = styleUrl(tenant);
  return { need_patient_banner, intent, fhirContext: inForm(client, fhirContext), smart_style_url };
}
