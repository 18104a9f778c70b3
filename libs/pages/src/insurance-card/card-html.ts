/** An insurance card in HTML: front and back. It needs no script, and no style but {@link CARD_STYLE}. */
import { type Html, html } from '../html.ts';
import type { CardLogo, InsuranceCard } from './card.ts';
import type { CardWords } from './words.ts';

/** The plan's colours, as a drawing: Content-Security-Policy lets no style stand in a page. */
const band = ({ background, highlight }: InsuranceCard['colors']): Html =>
  html`<svg class="band" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect width="100" height="10" fill="${background}" />
    <rect y="7" width="100" height="3" fill="${highlight}" />
  </svg>`;

const picture = ({ mediaType, base64, label }: CardLogo, payer: string): Html =>
  html`<img src="data:${mediaType};base64,${base64}" alt="${label === payer ? '' : label}" />`;

function list(rows: readonly { name: string; value: string }[]): Html | undefined {
  if (rows.length === 0) return undefined;
  return html`<dl class="facts">
    ${rows.map(
      ({ name, value }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function front(card: InsuranceCard, words: CardWords): Html {
  const { payer, plan, holder, logo, facts, costs } = card;
  const named = facts.map(({ name, value }) => ({ name: words.facts[name], value }));
  return html`<div class="side">
    ${band(card.colors)}
    <div class="holder">
      ${logo && picture(logo, payer)}
      <p>
        <span>${payer}</span> ${plan !== undefined && html`<span>${plan}</span>`} <strong>${holder}</strong>
      </p>
    </div>
    <h3 class="unseen">${words.front}</h3>
    ${list(named)} ${costs.length > 0 && html`<h3>${words.costs}</h3>`} ${list(costs)}
  </div>`;
}

function back({ colors, notes, contacts }: InsuranceCard, words: CardWords): Html {
  return html`<div class="side">
    ${band(colors)}
    <h3>${words.back}</h3>
    ${list(contacts.map(({ name, lines }) => ({ name, value: lines.join(' · ') })))}
    ${notes.map((note) => html`<p>${note}</p>`)}
  </div>`;
}

/** Front and back; the headings in it are of the third rank. */
export const cardHtml = (card: InsuranceCard, words: CardWords): Html =>
  html`<div class="sides">${front(card, words)} ${back(card, words)}</div>`;

/** The style of {@link cardHtml}, within the style sheet of a page. */
export const CARD_STYLE = `
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; align-items: start; margin: 1rem 0; }
.side { overflow: hidden; padding: 0 1.1rem 1rem; border: 1px solid #7d8d96; border-radius: 1rem; background: #fff; break-inside: avoid; }
.side .band { display: block; width: calc(100% + 2.2rem); height: 1.6rem; margin: 0 -1.1rem .8rem; }
.side h3 { margin: .6rem 0 .2rem; }
.side p { margin: .5rem 0 0; font-size: .92rem; }
.side .holder { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; }
.side .holder img { flex: none; max-width: 6rem; max-height: 3rem; }
.side .holder p { flex: 1 1 10rem; min-width: 0; margin: 0; }
.side .holder :is(span, strong) { display: block; }
.side .holder strong { margin-top: .2rem; font-size: 1.2rem; line-height: 1.25; }
.side .facts { margin: .6rem 0 0; font-size: .95rem; }
.side .facts dt { flex: 1 1 8rem; }
.side .facts dd { flex: 999 1 8rem; font-weight: 600; }
@media (max-width: 18rem) {
  .side { padding-inline: .6rem; }
  .side .band { width: calc(100% + 1.2rem); margin-inline: -.6rem; }
}
@media print { .side { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .unprinted { display: none; } }
`;
