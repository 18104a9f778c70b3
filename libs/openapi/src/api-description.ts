import { type GuideSet, type PlanContact, type Release, servedTypes } from '@patient-access/fhir';

/** What the API of a tenant is made of, as its two discovery documents say it. */
export interface ApiDescription {
  /** the tenant's FHIR base URL */
  base: string;
  plan: PlanContact & {
    /** the set of guides that it has chosen */
    guides: GuideSet;
  };
  release: Release;
  /** URL of the page that explains each error */
  errors: string;
  /** `.well-known/smart-configuration` of the tenant */
  smart: SmartConfiguration;
}

/** The members of SMART discovery that are used here (SMART App Launch, "Conformance"). */
export interface SmartConfiguration {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  pushed_authorization_request_endpoint: string;
  revocation_endpoint: string;
  introspection_endpoint: string;
  userinfo_endpoint: string;
  jwks_uri: string;
  /** absent: apps cannot register themselves */
  registration_endpoint?: string;
  /** absent: the plan has no sandbox, so it is not a preview plan */
  sandbox_endpoint?: string;
  scopes_supported: readonly string[];
}

/** @returns the resource types that one of the tenant's scopes names, in alphabetical order */
export const typesOffered = ({
  scopes_supported: scopes = [],
}: Partial<Pick<SmartConfiguration, 'scopes_supported'>>): string[] =>
  servedTypes.filter((type) => scopes.some((scope) => scope.startsWith(`patient/${type}.`)));
