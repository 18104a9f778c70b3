/** A plan whose provider speaks SAML 2.0 alone, behind a broker: the example of docs/identity-provider.md, made real. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { KeycloakAdmin } from './admin.ts';
import type { PlanRealm } from './realm.ts';

const examples = resolve(import.meta.dirname, '../../docs/examples/keycloak-saml-broker');
/** Names in the example: Keycloak, this product, and the secret. */
const KEYCLOAK = 'https://login.plan.example';
const AT = 'https://api.plan.example/auth/northwind';
const SECRET = 'choose 32 random characters';

/** The realm that stands for the plan's SAML provider. Its users are the members. */
export const SAML_REALM = 'members-saml';

async function realmIn(name: string, replaced: Readonly<Record<string, string>>): Promise<object> {
  let text = await readFile(resolve(examples, `${name}.realm.json`), 'utf8');
  for (const [from, to] of Object.entries(replaced)) text = text.replaceAll(from, to);
  return JSON.parse(text) as object;
}

/**
 * Imports both realms.
 *
 * @param url of Keycloak
 * @param at the plan's address here, `{PUBLIC_URL}/auth/{tenant}`
 * @returns the realm of the broker, which is the plan's identity provider
 */
export async function createSamlBroker(
  admin: KeycloakAdmin,
  url: string,
  { at }: { at: string },
): Promise<Omit<PlanRealm, 'client'>> {
  const clientSecret = randomBytes(24).toString('base64url');
  const replaced = { [AT]: at, [KEYCLOAK]: url, [SECRET]: clientSecret };
  await admin.call('POST', '', await realmIn(SAML_REALM, replaced));
  await admin.call('POST', '', await realmIn('broker', replaced));
  return { name: 'broker', issuer: `${url}/realms/broker`, clientId: 'patient-access', clientSecret };
}
