/** A plan's realm, set up as docs/identity-provider.md says. */
import { randomBytes } from 'node:crypto';
import type { KeycloakAdmin } from './admin.ts';

/** The attribute of a user, and the claim, that hold the plan's number of the member. */
export const MEMBER_NUMBER = 'member_number';
const CLIENT_ID = 'patient-access';

export interface PlanRealm {
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Keycloak's own id of the client */
  client: string;
}

export interface NewPerson {
  username: string;
  password: string;
  memberNumber?: string;
  /** an address that nobody has, where left out */
  email?: string;
}

/** The user profile: members cannot read or change their member number, and nobody can invent attributes. */
const PROFILE = {
  attributes: [
    attribute('username', ['admin', 'user'], ['admin']),
    attribute('email', ['admin', 'user'], ['admin', 'user']),
    attribute('firstName', ['admin', 'user'], ['admin', 'user']),
    attribute('lastName', ['admin', 'user'], ['admin', 'user']),
    attribute(MEMBER_NUMBER, ['admin'], ['admin']),
  ],
};

function attribute(name: string, view: string[], edit: string[]) {
  return { name, displayName: name, permissions: { view, edit }, validations: {}, multivalued: false };
}

const NUMBER_IN_ID_TOKEN = {
  name: MEMBER_NUMBER,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-usermodel-attribute-mapper',
  config: {
    'user.attribute': MEMBER_NUMBER,
    'claim.name': MEMBER_NUMBER,
    'jsonType.label': 'String',
    'id.token.claim': 'true',
    'access.token.claim': 'false',
  },
};

/**
 * Makes a realm and in it the client that stands for this product.
 *
 * @param url of Keycloak
 * @param at the plan's address here, `{PUBLIC_URL}/auth/{tenant}`
 */
export async function createPlanRealm(
  admin: KeycloakAdmin,
  url: string,
  { name, at }: { name: string; at: string },
): Promise<PlanRealm> {
  await admin.call('POST', '', { realm: name, enabled: true, displayName: 'Member site' });
  await admin.call('PUT', `/${name}/users/profile`, PROFILE);
  const secret = randomBytes(24).toString('base64url');
  const { id } = await admin.call('POST', `/${name}/clients`, {
    clientId: CLIENT_ID,
    protocol: 'openid-connect',
    publicClient: false,
    secret,
    standardFlowEnabled: true,
    directAccessGrantsEnabled: false,
    redirectUris: [`${at}/federation/callback`],
    attributes: {
      'pkce.code.challenge.method': 'S256',
      'backchannel.logout.url': `${at}/federation/back-channel-logout`,
      'post.logout.redirect.uris': `${at}/logged-out`,
    },
    frontchannelLogout: false,
    protocolMappers: [NUMBER_IN_ID_TOKEN],
  });
  return { name, issuer: `${url}/realms/${name}`, clientId: CLIENT_ID, clientSecret: secret, client: id };
}

/** @returns Keycloak's id of the user, which is `sub` of the id_tokens */
export async function createPerson(
  admin: KeycloakAdmin,
  realm: string,
  { username, password, memberNumber, email = `${username}@mail.example` }: NewPerson,
): Promise<string> {
  const { id } = await admin.call('POST', `/${realm}/users`, {
    username,
    enabled: true,
    email,
    emailVerified: true,
    firstName: username,
    lastName: 'Example',
    attributes: memberNumber === undefined ? {} : { [MEMBER_NUMBER]: [memberNumber] },
    credentials: [{ type: 'password', value: password, temporary: false }],
  });
  return id;
}
