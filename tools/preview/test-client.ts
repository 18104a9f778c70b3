/** The test client of the developer site, as an app of the preview plans. */
import { join } from 'node:path';
import { previewMembers } from '@patient-access/population';
import { writeWhole } from './whole-file.ts';

const CLIENT_ID = 'test-client';
/** Whom the test client proposes: the member with a bit of everything. */
const PROPOSED = 'an ordinary member';

/** @returns what the seed of auth-service takes; a start at another port sets another address */
export const testClientAt = (tenant: string, url: string) => ({
  tenant,
  id: CLIENT_ID,
  metadata: {
    client_name: 'Health Record Viewer',
    redirect_uris: [`${url}/`],
    initiate_login_uri: `${url}/`,
    token_endpoint_auth_method: 'none',
  },
});

/** @returns the file from which developer-site reads the plans of the test client */
export async function writeTestClientPlans(
  directory: string,
  tenants: readonly { id: string; name: string }[],
): Promise<string> {
  const file = join(directory, 'test-client-plans.json');
  const plans = tenants.map(({ id, name }) => {
    const member = previewMembers(id).find(({ about }) => about.startsWith(PROPOSED));
    return { id, name, client_id: CLIENT_ID, login: member?.login, password: member?.password };
  });
  await writeWhole(file, JSON.stringify(plans));
  return file;
}
