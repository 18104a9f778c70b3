import { CARD_WORDS, cardHtml, type Html, html, type InsuranceCard } from '@patient-access/pages';
import { cardName, linkForm, linkList, type LinkView } from './card-links.ts';
import { alert, done, renderPlanPage } from './layout.ts';
import { memberBar, type MemberPage } from './member-page.ts';
import { peopleLinks, type PersonLink } from './people-links.ts';

interface ShownCard {
  card: InsuranceCard;
  /** path of the PDF; absent: it has letters that the PDF cannot show */
  file?: string;
}

export interface CardView extends MemberPage {
  /** the person's name, if the person is not the reader */
  name?: string;
  people: PersonLink[];
  cards: ShownCard[];
  /** logical id of the Patient */
  person: string;
  links: LinkView[];
  /** a link was ended just now */
  endedLink?: boolean;
  /** why no link was made */
  problemWithLink?: 'passcode' | 'many' | 'form';
}

function oneCard(view: CardView, { card, file }: ShownCard): Html {
  const { texts } = view;
  const id = `card-${card.id}`;
  return html`<article aria-labelledby="${id}">
    <h2 class="group" id="${id}">${cardName(view, card)}</h2>
    ${cardHtml(card, CARD_WORDS[texts.language])}
    ${
      file !== undefined &&
      html`<p class="unprinted">
        <a href="${file}">${texts.card.file}<span class="unseen"> – ${cardName(view, card)}</span></a>
      </p>`
    }
    ${linkForm(view, card)}
  </article>`;
}

function notes({ texts, endedLink, problemWithLink }: CardView): Html {
  const { cardLinks: words } = texts;
  return html`${done(endedLink === true ? words.ended : undefined)}
  ${alert(problemWithLink && words.problems[problemWithLink])}`;
}

function content(view: CardView): Html {
  const { texts, cards, people } = view;
  const { card: words } = texts;
  if (people.length === 0) return html`<p class="empty">${words.nobody}</p>`;
  const shown =
    cards.length === 0
      ? html`<p class="empty">${words.none}</p>`
      : html`${cards.map((card) => oneCard(view, card))}
          <p class="note unprinted">${words.print}</p>`;
  return html`${peopleLinks(people, words.people)} ${notes(view)} ${shown} ${linkList(view)}`;
}

/** The insurance cards of one person, front and back. */
export function cardPage(view: CardView): string {
  const { card: words } = view.texts;
  const title = view.name === undefined ? words.title : words.titleOf(view.name);
  const body = html`<div class="unprinted">
      ${memberBar(view, 'card')}
      <h1>${title}</h1>
      ${view.cards.length > 0 && html`<p class="lead">${words.why}</p>`}
    </div>
    ${content(view)}`;
  return renderPlanPage(view, { title, body, wide: true });
}
