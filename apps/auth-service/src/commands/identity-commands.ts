/** `npm run admin -- identity …`: see docs/identity-provider.md. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { loadPublicUrl } from '../config.ts';
import type { Administration } from '../domain/administration/administration.ts';
import { openTestLogin } from '../domain/administration/identities/test-login.ts';
import { listAuditors } from '../domain/administration/identities/auditor-links.ts';
import { listIdentities } from '../domain/administration/identities/identities.ts';
import { endChange, listChanges } from '../domain/administration/persons/person-changes.ts';
import { confirmRepair, repairLink } from '../domain/administration/identities/repairs.ts';
import { Told } from '../domain/administration/told.ts';
import { parseWritten } from '../domain/administration/written-json.ts';

export const IDENTITY_USAGE = `  identity show --tenant <id> --number <number>|--subject <sub>|--login <login>
  identity show --tenant <id> --auditor --subject <sub>|--login <login>
  identity test --tenant <id>                                           a URL for a test login: shows what the provider says
  identity move-subject --tenant <id> --subject <sub> --to <sub> [--auditor]        a user who was deleted and made anew
  identity relink --tenant <id> --subject <sub> --number <number>       a person with another number
  identity renumber --tenant <id> --number <number> --to <number>       the plan gave the person another number
  identity merge --tenant <id> --from <Patient id> --to <Patient id> --reason <text>     two records of one person
  identity merge-listed --tenant <id> [--reason <text>] < merges.json    those that npm run import:merges has listed without a doubt
  identity split --tenant <id> --number <number>|--patient <Patient id> --to <Patient id> --reason <text> [--stays <login or number>]…
                                       one record of two persons: --stays says whose person she is whom the record keeps
  identity undo --tenant <id> --change <id>                             takes a merge or a split back
  identity end --tenant <id> --change <id> --records <count>            after npm run import:persons: the persons are open again
  identity changes --tenant <id>                                        what was merged, split and undone
  identity unlink --tenant <id> --subject <sub> [--auditor]             ends all that the account has
  identity move-issuer --tenant <id> --from <issuer> --to <issuer>      the provider has another address
  identity confirm --tenant <id> --proposal <proposal>                  by another administrator, where the plan wants four eyes`;

export const IDENTITY_OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  proposal: { type: 'string' },
  change: { type: 'string' },
  reason: { type: 'string' },
  records: { type: 'string' },
  patient: { type: 'string' },
  stays: { type: 'string', multiple: true },
  auditor: { type: 'boolean' },
} as const;

interface Given {
  number?: string;
  subject?: string;
  login?: string;
  from?: string;
  to?: string;
  proposal?: string;
  change?: string;
  reason?: string;
  records?: string;
  patient?: string;
  stays?: string[];
  /** is it about an auditor's link? */
  auditor?: boolean;
}

function required(given: Given, name: Exclude<keyof Given, 'auditor' | 'stays'>): string {
  const value = given[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

/** What `npm run import:merges` prints. */
const Listed = z.object({ merges: z.array(z.unknown()) });

const NO_LINK = {
  number: 'no login has this number',
  subject: 'no login has this subject',
  login: 'this login has no link to the identity provider or a member number',
} as const;

/** An empty list alone looks as if the command had failed. Standard output stays JSON. */
function sayIfNobody(person: Pick<Given, keyof typeof NO_LINK>, found: readonly unknown[]): void {
  const [name] = Object.keys(person) as (keyof typeof NO_LINK)[];
  if (found.length === 0 && name !== undefined) process.stderr.write(`${NO_LINK[name]}\n`);
}

/** What each tells of persons, or an address for a test login. */
type Act = (admin: Administration, given: Given) => Promise<Told<unknown> | { url: string }>;

export const IDENTITY_ACTS: Record<string, Act> = {
  'identity show': async (admin, { number, subject, login, auditor }) => {
    const named = Object.entries({ number, subject, login }).filter(([, value]) => value !== undefined);
    const person = Object.fromEntries(named);
    const told: Told<readonly unknown[]> = auditor
      ? new Told('read-identities', await listAuditors(admin, person), [])
      : await listIdentities(admin, person);
    return told.with((found) => {
      sayIfNobody(person, found);
      return found;
    });
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
  'identity merge': (admin, given) =>
    repairLink(admin, {
      act: 'merge',
      order: {
        from: required(given, 'from'),
        to: required(given, 'to'),
        reason: required(given, 'reason'),
      },
    }),
  'identity merge-listed': async (admin, { reason }) => {
    const { merges } = Listed.parse(parseWritten(await text(process.stdin)));
    return repairLink(admin, { act: 'merge-listed', list: { merges, reason } });
  },
  'identity split': (admin, given) => {
    const { number, stays } = given;
    const whose = number === undefined ? { from: required(given, 'patient') } : { number };
    const order = { ...whose, to: required(given, 'to'), reason: required(given, 'reason'), stays };
    return repairLink(admin, { act: 'split', order });
  },
  'identity undo': (admin, given) => repairLink(admin, { act: 'undo', change: required(given, 'change') }),
  'identity end': (admin, given) =>
    endChange(
      admin,
      required(given, 'change'),
      z.coerce.number().int().min(0).parse(required(given, 'records')),
    ),
  'identity changes': listChanges,
  'identity unlink': (admin, given) =>
    repairLink(admin, { act: 'unlink', subject: required(given, 'subject'), auditor: given.auditor }),
  'identity move-issuer': (admin, given) =>
    repairLink(admin, { act: 'move-issuer', from: required(given, 'from'), to: required(given, 'to') }),
  'identity confirm': (admin, given) => confirmRepair(admin, required(given, 'proposal')),
};
