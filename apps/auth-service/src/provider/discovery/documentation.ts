import { LANGUAGES, TEXTS } from '../../domain/pages/language.ts';

/** Where a developer reads on (RFC 8414 section 2). */
function documentation(site: string | undefined): Record<string, string> {
  if (site === undefined) return {};
  return {
    service_documentation: `${site}/`,
    op_policy_uri: `${site}/terms#what-we-ask-of-you`,
    op_tos_uri: `${site}/terms`,
  };
}

/**
 * Members of the metadata that oidc-provider does not know by itself: for people, and not for programs.
 *
 * @param site scheme and host of the developer site, if there is one
 */
export const membersForPeople = (site: string | undefined) => ({
  ui_locales_supported: LANGUAGES.map((language) => TEXTS[language].locale),
  ...documentation(site),
});
