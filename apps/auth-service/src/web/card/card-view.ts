/** The insurance cards of one of the persons of a login. */
import { CARD_WORDS, type CardResources, type InsuranceCard, readCard } from '@patient-access/pages';
import type { Member } from '../../domain/accounts/accounts.ts';
import { type ListedLink, listLinks } from '../../domain/card/card-link.ts';
import { queryOn } from '../../domain/database.ts';
import { cardFilePath, cardLinksPath, cardOfPerson } from '../../domain/urls.ts';
import { CARD_SCOPE, cardResources } from '../../provider/card/insurance-cards.ts';
import { clientAddress } from '../../provider/endpoints/client-address.ts';
import type { CardView } from '../pages/card.ts';
import { cardName, type LinkView } from '../pages/card-links.ts';
import { momentOf } from '../session/moment.ts';
import { loginClaims } from '../session/login-claims.ts';
import { memberPageOf, type SessionContext } from '../session/session-context.ts';
import { fitsInPdf } from './card-pdf.ts';

/** @returns the person whom the address names, or the first of the login; undefined: the login sees nobody's data */
export const shownPerson = ({ account }: SessionContext, wanted: unknown): Member | undefined =>
  account.members.find(({ patient }) => patient === wanted) ?? account.members[0];

/** @throws RecordUnavailable when the record cannot be read now */
export function cardsOf(context: SessionContext, person: Member): Promise<CardResources[]> {
  const { services, server, request } = context;
  const question = { coverageUrl: services.config.COVERAGE_URL, server, address: clientAddress(request) };
  return cardResources(question, loginClaims(context, person, CARD_SCOPE));
}

const isForPharmacies = ({ facts }: InsuranceCard): boolean =>
  facts.some(({ name }) => name.startsWith('rx'));

/**
 * A person may have a card for each kind of care. The one with the numbers for pharmacies is first: it is the one for
 * doctors and hospitals too, which is shown most. The others follow by name, so that a card keeps its place.
 */
const byUse = (one: { card: InsuranceCard }, other: { card: InsuranceCard }): number =>
  Number(isForPharmacies(other.card)) - Number(isForPharmacies(one.card)) ||
  (one.card.plan ?? '').localeCompare(other.card.plan ?? '');

const isProblem = (text: unknown): text is NonNullable<CardView['problemWithLink']> =>
  text === 'passcode' || text === 'many' || text === 'over' || text === 'form';

function linkView(context: SessionContext, link: ListedLink, cards: CardView['cards']): LinkView {
  const { server } = context;
  const { id, uses, maxUses, wrong, hasPasscode, live } = link;
  const card = cards.find((each) => each.card.id === link.coverage)?.card;
  return {
    id,
    name: card ? cardName(context, card) : '',
    made: momentOf(context, link.madeAt),
    until: momentOf(context, link.until),
    ...(link.usedAt && { used: momentOf(context, link.usedAt) }),
    uses,
    maxUses,
    wrong,
    hasPasscode,
    live,
    end: `${cardLinksPath(server.tenant.id)}/${id}`,
  };
}

/**
 * @param query of the page's address
 * @throws RecordUnavailable when the record cannot be read now
 */
export async function cardView(
  context: SessionContext,
  query: { person?: unknown; ended?: unknown; problem?: unknown },
): Promise<CardView> {
  const { account, server, services, texts } = context;
  const person = shownPerson(context, query.person);
  if (!person) return { ...memberPageOf(context), people: [], cards: [], links: [], person: '' };
  const { id } = server.tenant;
  const { locale } = CARD_WORDS[texts.language];
  const found = (await cardsOf(context, person)).map((resources) => {
    const card = readCard(resources, locale);
    return {
      card,
      ...(fitsInPdf(card) && {
        file: `${cardFilePath(id, card.id)}?${new URLSearchParams({ person: person.patient })}`,
      }),
    };
  });
  const cards = found.toSorted(byUse);
  const links = await listLinks(queryOn(services.pool), id, account.sub, person.patient);
  return {
    ...memberPageOf(context),
    ...(person.relationship !== 'self' && { name: person.name }),
    people: account.members.map((each) => ({
      name: each.name,
      page: each === person ? undefined : cardOfPerson(id, each.patient),
    })),
    cards,
    person: person.patient,
    links: links.map((link) => linkView(context, link, cards)),
    endedLink: links.some((link) => link.id === query.ended && !link.live),
    ...(isProblem(query.problem) && { problemWithLink: query.problem }),
  };
}
