/**
 * `npm run keycloak [-- --port 8180 --at http://localhost:8080/auth/northwind]`: Keycloak in the foreground, with a realm
 * for a plan as docs/identity-provider.md describes it, until Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { createPerson, createPlanRealm, MEMBER_NUMBER } from './realm.ts';
import { startKeycloak } from './server.ts';

const PERSON = { username: 'frida', password: 'password of frida', memberNumber: 'M-1' };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8180' },
      at: { type: 'string', default: 'http://localhost:8080/auth/northwind' },
    },
  });
  const keycloak = await startKeycloak({ port: Number(values.port), log: (line) => console.error(line) });
  const { issuer, clientId, clientSecret } = await createPlanRealm(keycloak.admin, keycloak.url, {
    name: 'plan',
    at: values.at,
  });
  await createPerson(keycloak.admin, 'plan', PERSON);
  const federation = { issuer, name: 'the member site', clientId, clientSecret, memberClaim: MEMBER_NUMBER };
  console.log(`Keycloak is ready: ${keycloak.url}/admin, ${JSON.stringify(keycloak.administrator)}
settings for "tenant configure": ${JSON.stringify({ federation })}
a person: ${JSON.stringify(PERSON)}
Ctrl-C stops it`);
  const stopRequested = new Promise<null>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => done(null));
  });
  const failure = await Promise.race([stopRequested, keycloak.ended]);
  await keycloak.stop();
  if (failure !== null) throw new Error(failure);
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
