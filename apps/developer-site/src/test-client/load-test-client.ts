import { appPolicy } from '../pages/content-policy.ts';
import { filesIn, type SiteFile, siteFile } from '../pages/site-file.ts';
import type { TestClientPlan } from './test-client-plan.ts';

/** The file in which the sample app looks for its plans. */
const PLANS = '/plans.json';

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
 * The sample app, which is registered at the preview plans of this installation. It talks with the API alone.
 *
 * @param directory made by the build
 * @returns its files by address
 * @throws Error with one line when it is not built
 */
export function loadTestClient(
  directory: string,
  publicUrl: string,
  plans: readonly TestClientPlan[],
): Map<string, SiteFile> {
  const pagePolicy = () => appPolicy(`'self' ${publicUrl}`, "'self'");
  return filesIn(directory, (path, text) =>
    siteFile(path, path === PLANS ? plansOf(publicUrl, plans) : text, {
      // The names of its scripts change with their content.
      isFixed: path.startsWith('/assets/'),
      pagePolicy,
    }),
  );
}
