import { filesIn, type Site, siteFile } from '../pages/site-file.ts';
import type { TestClientPlan } from './test-client-plan.ts';

/** The file in which the sample app looks for its plans. */
const PLANS = '/plans.json';

/**
 * Scripts and styles are files of this origin, and nothing is inside a page. It talks with the API alone.
 *
 * @param publicUrl of the API @returns the value of Content-Security-Policy
 */
const appPolicy = (publicUrl: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${publicUrl}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** In the form that the sample app reads. */
const plansOf = (publicUrl: string, plans: readonly TestClientPlan[]): string =>
  JSON.stringify(
    plans.map(({ id, name, client_id: clientId, login, password }) => ({
      name,
      fhirBase: `${publicUrl}/payer/patient-access/v2/${id}`,
      clientId,
      login,
      password,
    })),
  );

/**
 * The sample app, which is registered at the preview plans of this installation.
 *
 * @param directory made by the build
 * @throws Error with one line when it is not built
 */
export function loadTestClient(directory: string, publicUrl: string, plans: readonly TestClientPlan[]): Site {
  const pagePolicy = () => appPolicy(publicUrl);
  const files = filesIn(directory, (path, text) =>
    siteFile(path, path === PLANS ? plansOf(publicUrl, plans) : text, {
      // The names of its scripts change with their content.
      isFixed: path.startsWith('/assets/'),
      pagePolicy,
    }),
  );
  const missing = siteFile('/404.txt', 'There is no such page.\n', { isFixed: false, pagePolicy });
  return { files, missing };
}
