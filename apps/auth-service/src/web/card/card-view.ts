/** The insurance cards of one of the persons of a login. */
import { CARD_WORDS, type CardResources, readCard } from '@patient-access/pages';
import type { Member } from '../../domain/accounts/accounts.ts';
import { cardFilePath, cardPath } from '../../domain/urls.ts';
import { CARD_SCOPE, cardResources } from '../../provider/card/insurance-cards.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { CardView } from '../pages/card.ts';
import { loginClaims } from '../session/login-claims.ts';
import { memberPageOf, type SessionContext } from '../session/session-context.ts';
import { fitsInPdf } from './card-pdf.ts';

const ofPerson = (path: string, { patient }: Member): string =>
  `${path}?${new URLSearchParams({ person: patient })}`;

/** @returns the person whom the address names, or the first of the login; undefined: the login sees nobody's data */
export const personOf = ({ account }: SessionContext, wanted: unknown): Member | undefined =>
  account.members.find(({ patient }) => patient === wanted) ?? account.members[0];

/** @throws RecordUnavailable when the record cannot be read now */
export function cardsOf(context: SessionContext, person: Member): Promise<CardResources[]> {
  const { services, server, request } = context;
  const question = { coverageUrl: services.config.COVERAGE_URL, server, address: clientAddress(request) };
  return cardResources(question, loginClaims(context, person, CARD_SCOPE));
}

/** @throws RecordUnavailable when the record cannot be read now */
export async function cardView(context: SessionContext, wanted: unknown): Promise<CardView> {
  const { account, server, texts } = context;
  const person = personOf(context, wanted);
  if (!person) return { ...memberPageOf(context), people: [], cards: [] };
  const { id } = server.tenant;
  const { locale } = CARD_WORDS[texts.language];
  const cards = (await cardsOf(context, person)).map((resources) => {
    const card = readCard(resources, locale);
    return { card, ...(fitsInPdf(card) && { file: ofPerson(cardFilePath(id, card.id), person) }) };
  });
  return {
    ...memberPageOf(context),
    ...(person.relationship !== 'self' && { name: person.name }),
    people: account.members.map((each) => ({
      name: each.name,
      page: each === person ? undefined : ofPerson(cardPath(id), each),
    })),
    cards,
  };
}
