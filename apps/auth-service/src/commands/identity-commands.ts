/** `npm run admin -- identity …`: see docs/identity-provider.md. */
import { loadPublicUrl } from '../config.ts';
import type { Administration } from '../domain/administration/clients.ts';
import { openTestLogin } from '../domain/administration/test-login.ts';
import * as identities from '../domain/administration/identities.ts';

export const IDENTITY_USAGE = `  identity show --tenant <id> --number <number>|--subject <sub>|--login <login>
  identity test --tenant <id>                                           a URL for a test login: shows what the provider says
  identity move-subject --tenant <id> --subject <sub> --to <sub>        a user who was deleted and made anew
  identity relink --tenant <id> --subject <sub> --number <number>       a person with another number
  identity unlink --tenant <id> --subject <sub>                         ends all that the account has
  identity move-issuer --tenant <id> --from <issuer> --to <issuer>      the provider has another address`;

export const IDENTITY_OPTIONS = { from: { type: 'string' }, to: { type: 'string' } } as const;

interface Given {
  number?: string;
  subject?: string;
  login?: string;
  from?: string;
  to?: string;
}

function required(given: Given, name: keyof Given): string {
  const value = given[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

type Act = (admin: Administration, given: Given) => Promise<unknown>;

export const IDENTITY_ACTS: Record<string, Act> = {
  'identity show': (admin, { number, subject, login }) => {
    const named = Object.entries({ number, subject, login }).filter(([, value]) => value !== undefined);
    return identities.listIdentities(admin, Object.fromEntries(named));
  },
  // Where the command runs without PUBLIC_URL, it prints the path alone.
  'identity test': (admin) => openTestLogin(admin, loadPublicUrl()),
  'identity move-subject': (admin, given) =>
    identities.moveSubject(admin, required(given, 'subject'), required(given, 'to')),
  'identity relink': (admin, given) =>
    identities.relinkNumber(admin, required(given, 'subject'), required(given, 'number')),
  'identity unlink': (admin, given) => identities.unlinkIdentity(admin, required(given, 'subject')),
  'identity move-issuer': (admin, given) =>
    identities.moveIssuer(admin, required(given, 'from'), required(given, 'to')),
};
