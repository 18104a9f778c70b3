/** `npm run admin -- identity …`: see docs/identity-provider.md. */
import { loadPublicUrl } from '../config.ts';
import type { Administration } from '../domain/administration/clients.ts';
import { openTestLogin } from '../domain/administration/test-login.ts';
import { listAuditors } from '../domain/administration/auditor-links.ts';
import { listIdentities } from '../domain/administration/identities.ts';
import { confirmRepair, repairLink } from '../domain/administration/repairs.ts';

export const IDENTITY_USAGE = `  identity show --tenant <id> --number <number>|--subject <sub>|--login <login>
  identity show --tenant <id> --auditor --subject <sub>|--login <login>
  identity test --tenant <id>                                           a URL for a test login: shows what the provider says
  identity move-subject --tenant <id> --subject <sub> --to <sub> [--auditor]        a user who was deleted and made anew
  identity relink --tenant <id> --subject <sub> --number <number>       a person with another number
  identity renumber --tenant <id> --number <number> --to <number>       the plan gave the person another number
  identity unlink --tenant <id> --subject <sub> [--auditor]             ends all that the account has
  identity move-issuer --tenant <id> --from <issuer> --to <issuer>      the provider has another address
  identity confirm --tenant <id> --proposal <proposal>                  by another administrator, where the plan wants four eyes`;

export const IDENTITY_OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  proposal: { type: 'string' },
  auditor: { type: 'boolean' },
} as const;

interface Given {
  number?: string;
  subject?: string;
  login?: string;
  from?: string;
  to?: string;
  proposal?: string;
  /** is it about an auditor's link? */
  auditor?: boolean;
}

function required(given: Given, name: Exclude<keyof Given, 'auditor'>): string {
  const value = given[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

type Act = (admin: Administration, given: Given) => Promise<unknown>;

export const IDENTITY_ACTS: Record<string, Act> = {
  'identity show': (admin, { number, subject, login, auditor }) => {
    const named = Object.entries({ number, subject, login }).filter(([, value]) => value !== undefined);
    return (auditor ? listAuditors : listIdentities)(admin, Object.fromEntries(named));
  },
  // Where the command runs without PUBLIC_URL, it prints the path alone.
  'identity test': (admin) => openTestLogin(admin, loadPublicUrl()),
  'identity move-subject': (admin, given) =>
    repairLink(admin, {
      act: 'move-subject',
      subject: required(given, 'subject'),
      to: required(given, 'to'),
      auditor: given.auditor,
    }),
  'identity relink': (admin, given) =>
    repairLink(admin, {
      act: 'relink',
      subject: required(given, 'subject'),
      number: required(given, 'number'),
    }),
  'identity renumber': (admin, given) =>
    repairLink(admin, { act: 'renumber', number: required(given, 'number'), to: required(given, 'to') }),
  'identity unlink': (admin, given) =>
    repairLink(admin, { act: 'unlink', subject: required(given, 'subject'), auditor: given.auditor }),
  'identity move-issuer': (admin, given) =>
    repairLink(admin, { act: 'move-issuer', from: required(given, 'from'), to: required(given, 'to') }),
  'identity confirm': (admin, given) => confirmRepair(admin, required(given, 'proposal')),
};
