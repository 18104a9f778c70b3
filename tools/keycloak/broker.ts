/** A plan with two providers behind a broker, of which one speaks SAML 2.0: the example of docs/identity-provider.md. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { KeycloakAdmin } from './admin.ts';
import type { PlanRealm } from './realm.ts';

const examples = resolve(import.meta.dirname, '../../docs/examples/keycloak-broker');
/** Names in the example: Keycloak, this product, and the secrets. */
const KEYCLOAK = 'https://login.plan.example';
const AT = 'https://api.plan.example/auth/northwind';
const SECRET = 'choose 32 random characters';
const SECRET_OF_BROKER = 'choose 32 other characters';

/** The realms that stand for the plan's own providers, as the broker calls them. Their users are the members. */
export const LINES = { oidc: 'commercial', saml: 'medicare' } as const;
/** The claim in which the broker says where somebody comes from. */
export const LINE_CLAIM = 'line_of_business';

const newSecret = (): string => randomBytes(24).toString('base64url');

async function realmIn(name: string, replaced: Readonly<Record<string, string>>): Promise<object> {
  let text = await readFile(resolve(examples, `${name}.realm.json`), 'utf8');
  for (const [from, to] of Object.entries(replaced)) text = text.replaceAll(from, to);
  return JSON.parse(text) as object;
}

/**
 * Imports the three realms.
 *
 * @param url of Keycloak
 * @param at the plan's address here, `{PUBLIC_URL}/auth/{tenant}`
 * @returns the realm of the broker, which is the plan's identity provider
 */
export async function createBroker(
  admin: KeycloakAdmin,
  url: string,
  { at }: { at: string },
): Promise<Omit<PlanRealm, 'client'>> {
  const clientSecret = newSecret();
  const replaced = { [AT]: at, [KEYCLOAK]: url, [SECRET]: clientSecret, [SECRET_OF_BROKER]: newSecret() };
  for (const name of [LINES.oidc, LINES.saml, 'broker'])
    await admin.call('POST', '', await realmIn(name, replaced));
  return { name: 'broker', issuer: `${url}/realms/broker`, clientId: 'patient-access', clientSecret };
}

/** An organization for each provider, whose domain is `{provider}.example`: the domain of an e-mail address then decides. */
export async function chooseByEmailDomain(admin: KeycloakAdmin): Promise<void> {
  await admin.call('PUT', '/broker', { organizationsEnabled: true });
  for (const alias of Object.values(LINES)) {
    const domain = `${alias}.example`;
    const organization = { name: alias, alias, enabled: true, domains: [{ name: domain, verified: true }] };
    const { id } = await admin.call('POST', '/broker/organizations', organization);
    const path = `/broker/identity-provider/instances/${alias}`;
    const { body: provider } = await admin.call<{ config: object }>('GET', path);
    const redirect = { 'kc.org.domain': domain, 'kc.org.broker.redirect.mode.email-matches': 'true' };
    await admin.call('PUT', path, { ...provider, config: { ...provider.config, ...redirect } });
    await admin.call('POST', `/broker/organizations/${id}/identity-providers`, alias);
  }
}
