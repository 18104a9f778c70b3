/** Messages of SCIM 2.0 (RFC 7644), as far as a plan's identity provider needs them. */
import { z } from 'zod';
import { ScimAttributes, type ScimUser } from '../../domain/administration/identities/scim-users.ts';
import { parseInput } from '../../domain/parse-input.ts';
import { USER_SCHEMA } from './scim-discovery.ts';

const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

export const SCIM_TYPE = 'application/scim+json';

/** An answer in the form of RFC 7644 section 3.12. */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly status: number;
  readonly scimType?: string;

  constructor(status: number, detail: string, scimType?: string) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
  }
}

export const errorMessage = ({ status, message: detail, scimType }: ScimError) => ({
  schemas: [ERROR],
  status: String(status),
  ...(scimType !== undefined && { scimType }),
  detail,
});

export const userMessage = (base: string, { id, createdAt, changedAt, externalId, ...user }: ScimUser) => ({
  schemas: [USER_SCHEMA],
  id,
  ...user,
  ...(externalId && { externalId }),
  meta: {
    resourceType: 'User',
    created: createdAt.toISOString(),
    lastModified: changedAt.toISOString(),
    location: `${base}/Users/${id}`,
  },
});

export const listMessage = (total: number, startIndex: number, resources: object[]) => ({
  schemas: [LIST],
  totalResults: total,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
});

const FILTER = /^\s*(userName|externalId|id)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/i;
const NAMES: Record<string, string> = { username: 'userName', externalid: 'externalId', id: 'id' };

/** @throws ScimError for a filter other than `{attribute} eq "{value}"` */
export function filterIn(text: string | undefined): { attribute: string; value: string } | undefined {
  if (text === undefined) return undefined;
  const [, attribute = '', quoted = '""'] = FILTER.exec(text) ?? [];
  const name = NAMES[attribute.toLowerCase()];
  if (!name) throw new ScimError(400, 'supported: userName, externalId or id, eq, a text', 'invalidFilter');
  return { attribute: name, value: JSON.parse(quoted) as string };
}

const refuse = ({ text }: { text: string }): ScimError => new ScimError(400, text, 'invalidValue');

/** Some providers write booleans as texts. */
const truth = (value: unknown): unknown =>
  typeof value === 'string' && /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value;

/** Null is like absent (RFC 7643 section 2.5). Attributes that are not kept are ignored. */
function attributesOf(body: object): object {
  const { userName, externalId, active } = body as Record<string, unknown>;
  return { userName, externalId: externalId ?? undefined, active: truth(active) ?? undefined };
}

/** @throws ScimError */
export const attributesIn = (body: unknown): ScimAttributes =>
  parseInput(ScimAttributes, attributesOf(Object(body) as object), refuse);

const Patch = z.object({
  Operations: z
    .array(
      z.object({
        op: z
          .string()
          .transform((op) => op.toLowerCase())
          .pipe(z.enum(['add', 'replace', 'remove'])),
        path: z.string().optional(),
        value: z.unknown(),
      }),
    )
    .min(1)
    .max(100),
});

/** The attribute that a path names; undefined for one that is not kept. */
const nameIn = (path: string): string | undefined => {
  const bare = path.toLowerCase().replace(`${USER_SCHEMA.toLowerCase()}:`, '');
  return { ...NAMES, active: 'active', id: undefined }[bare];
};

/** RFC 7644 section 3.5.2: with a path, or a value that names attributes. @throws ScimError */
export function patchedUser(user: ScimUser, body: unknown): ScimAttributes {
  const { Operations: operations } = parseInput(Patch, body, refuse);
  const after: Record<string, unknown> = { ...user };
  for (const { op, path, value } of operations) {
    const changes = path === undefined ? Object.entries(Object(value) as object) : [[path, value] as const];
    for (const [name, given] of changes) {
      const attribute = nameIn(name);
      if (attribute) after[attribute] = op === 'remove' ? undefined : given;
    }
  }
  return attributesIn(after);
}
