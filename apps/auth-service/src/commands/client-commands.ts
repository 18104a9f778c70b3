/** `npm run admin -- client …` and `token …`: see docs/administration.md. */
import { readFile } from 'node:fs/promises';
import { CARRIES_LIMITS } from '../domain/clients/metadata.ts';
import type { Administration } from '../domain/administration/administration.ts';
import * as clients from '../domain/administration/apps/clients.ts';
import { parseWritten } from '../domain/administration/written-json.ts';
import * as tokens from '../domain/administration/apps/initial-tokens.ts';

export const CLIENT_USAGE = `  client register --tenant <id> [metadata] [--publisher <name> --domain <host>]
  client list | show | ban | unban | verify | rotate-secret | set | delete --tenant <id> [--client <id>]
      metadata:      --name --redirect-uri … --launch-url --client-uri --policy-uri --tos-uri --contact …
                     --auth-method --jwks-file --jwks-uri --grant-type … --scope
                     --carries-limits yes|no
      set:           [metadata]
      ban:           --reason <why>
      verify:        --publisher <name> --domain <host> [--contact <email>] [--policy-uri <url>]
      rotate-secret: --overlap-hours 24
  token create --tenant <id> [--uses 1] [--days 7] [--note <for whom>]
  token list | revoke --tenant <id> [--token <id>]`;

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;

export const CLIENT_OPTIONS = {
  client: text,
  token: text,
  'redirect-uri': texts,
  'launch-url': text,
  'client-uri': text,
  'policy-uri': text,
  'tos-uri': text,
  contact: texts,
  'auth-method': text,
  'jwks-file': text,
  'jwks-uri': text,
  'grant-type': texts,
  scope: text,
  'carries-limits': text,
  reason: text,
  publisher: text,
  domain: text,
  'overlap-hours': text,
  uses: text,
  days: text,
  note: text,
} as const;

type Given = Partial<Record<keyof typeof CLIENT_OPTIONS | 'name' | 'tenant', string | string[]>>;

/** The field of RFC 7591 client metadata for each option. */
const FIELDS: Partial<Record<keyof Given, string>> = {
  name: 'client_name',
  'redirect-uri': 'redirect_uris',
  'launch-url': 'initiate_login_uri',
  'client-uri': 'client_uri',
  'policy-uri': 'policy_uri',
  'tos-uri': 'tos_uri',
  contact: 'contacts',
  'auth-method': 'token_endpoint_auth_method',
  'jwks-uri': 'jwks_uri',
  'grant-type': 'grant_types',
  scope: 'scope',
};

async function metadataIn(given: Given): Promise<Record<string, unknown>> {
  const named = Object.entries(FIELDS).flatMap(([option, field]) => {
    const value = given[option as keyof Given];
    return value === undefined ? [] : [[field, value]];
  });
  const carries = given['carries-limits'];
  const limits = carries === undefined ? {} : { [CARRIES_LIMITS]: carries === 'yes' };
  const file = given['jwks-file'];
  const jwks = file === undefined ? {} : { jwks: parseWritten(await readFile(String(file), 'utf8')) };
  return { ...Object.fromEntries(named), ...jwks, ...limits };
}

const factsIn = ({ publisher, domain, contact, 'policy-uri': policy }: Given): clients.Verification =>
  clients.Verification.parse({ publisher, domain, contact: contact?.at(0), policy });

const clientIn = ({ client }: Given): string => {
  if (client === undefined) throw new Error('--client <id> is missing');
  return String(client);
};

type Act = (admin: Administration, given: Given) => Promise<unknown>;

const register: Act = async (admin, given) => {
  const vouched = given.publisher === undefined && given.domain === undefined ? undefined : factsIn(given);
  return clients.registerForPlan(admin, await metadataIn(given), vouched);
};

export const CLIENT_ACTS: Record<string, Act> = {
  'client register': register,
  'client list': clients.describeClients,
  'client show': (admin, given) => clients.describeClient(admin, clientIn(given)),
  'client ban': (admin, given) => clients.banClient(admin, clientIn(given), String(given.reason ?? '')),
  'client unban': (admin, given) => clients.unbanClient(admin, clientIn(given)),
  'client verify': (admin, given) => clients.verifyClient(admin, clientIn(given), factsIn(given)),
  'client rotate-secret': (admin, given) =>
    clients.rotateClientSecret(
      admin,
      clientIn(given),
      clients.SecretRotation.parse({ overlap_hours: given['overlap-hours'] }),
    ),
  'client set': async (admin, given) => clients.changeClient(admin, clientIn(given), await metadataIn(given)),
  'client delete': (admin, given) => clients.removeClient(admin, clientIn(given)),
  'token create': (admin, { uses, days, note }) =>
    tokens.createToken(admin, tokens.NewToken.parse({ uses, days, note })),
  'token list': tokens.listTokens,
  'token revoke': (admin, { token }) => tokens.revokeToken(admin, String(token)),
};
