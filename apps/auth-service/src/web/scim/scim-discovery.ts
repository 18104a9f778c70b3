/** What this server says of its SCIM 2.0 to a program that asks (RFC 7643 sections 5 to 7, RFC 7644 section 4). */

const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
export const USER_SCHEMA = `${CORE}:User`;

/** What this server can do (RFC 7643 section 5). */
export const serviceProvider = (base: string) => ({
  schemas: [`${CORE}:ServiceProviderConfig`],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: 200 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    { type: 'oauthbearertoken', name: 'Bearer token', description: 'federation.scimToken of the plan' },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
});

/** The one kind of resource (RFC 7643 section 6). */
export const userType = (base: string) => ({
  schemas: [`${CORE}:ResourceType`],
  id: 'User',
  name: 'User',
  endpoint: '/Users',
  description: 'A person who may log in, and whether she is active',
  schema: USER_SCHEMA,
  schemaExtensions: [],
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/User` },
});

interface AttributeFacts {
  description: string;
  required?: boolean;
  type?: 'string' | 'boolean';
  unique?: boolean;
  exact?: boolean;
}

const attribute = (
  name: string,
  { description, required = false, type = 'string', unique = false, exact = false }: AttributeFacts,
) => ({
  name,
  type,
  multiValued: false,
  description,
  required,
  ...(type === 'string' && { caseExact: exact }),
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: unique ? 'server' : 'none',
});

/** The attributes that are kept, and no others (RFC 7643 section 7). */
export const userSchema = (base: string) => ({
  schemas: [`${CORE}:Schema`],
  id: USER_SCHEMA,
  name: 'User',
  description: 'What is kept of a user. Everything else is ignored.',
  attributes: [
    attribute('userName', { description: 'Name of the user at the provider', required: true, unique: true }),
    attribute('externalId', { description: 'Identifier of the user at the provider', exact: true }),
    attribute('active', { description: 'Whether the user may log in', type: 'boolean' }),
  ],
  meta: { resourceType: 'Schema', location: `${base}/Schemas/${USER_SCHEMA}` },
});
