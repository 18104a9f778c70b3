/** `npm run admin -- card-link …`: see docs/administration.md. */
import type { Administration } from '../domain/administration/administration.ts';
import { endCardLinks, listCardLinks } from '../domain/administration/logins/card-links.ts';
import type { Told } from '../domain/administration/told.ts';

export const CARD_LINK_USAGE = `  card-link list --tenant <id> --number <number>|--subject <sub>|--login <login>        those that the login has made
  card-link end --tenant <id> --number <number>|--subject <sub>|--login <login> [--link <id>]        one of them, or all`;

export const CARD_LINK_OPTIONS = { link: { type: 'string' } } as const;

interface Given {
  number?: string;
  subject?: string;
  login?: string;
  link?: string;
}

const personIn = ({ number, subject, login }: Given): object =>
  Object.fromEntries(Object.entries({ number, subject, login }).filter(([, value]) => value !== undefined));

/** What it tells of persons, or how many links have ended. */
type Act = (admin: Administration, given: Given) => Promise<Told<unknown> | { ended: number }>;

export const CARD_LINK_ACTS: Record<string, Act> = {
  'card-link list': (admin, given) => listCardLinks(admin, personIn(given)),
  'card-link end': (admin, given) => endCardLinks(admin, { person: personIn(given), link: given.link }),
};
