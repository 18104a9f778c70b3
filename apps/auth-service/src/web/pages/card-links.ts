/** Links to an insurance card, on the page of the card: made, shown once, listed, ended. */
import { Html, html, type InsuranceCard } from '@patient-access/pages';
import { cardLinksPath } from '../../domain/urls.ts';
import { LINK_DAYS, LINK_USES } from '../../domain/card/link-choices.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import { renderPlanPage } from './layout.ts';
import { memberBar, type MemberPage } from './member-page.ts';
import { onceField } from './once-field.ts';

export interface LinkView {
  id: string;
  /** of the card; empty: it is in force no more */
  name: string;
  made: string;
  until: string;
  /** absent: never */
  used?: string;
  uses: number;
  maxUses: number;
  wrong: number;
  hasPasscode: boolean;
  live: boolean;
  /** path of the form that ends it */
  end: string;
}

interface LinksView extends MemberPage {
  person: string;
  links: LinkView[];
}

const select = (
  id: string,
  name: string,
  label: string,
  options: readonly (readonly [number, string])[],
): Html =>
  html`<div class="field">
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}">
      ${options.map(([value, words]) => html`<option value="${value}">${words}</option>`)}
    </select>
  </div>`;

/** What a card is called: a coverage may name neither its plan nor a payer that is stored. */
export const cardName = ({ texts }: Pick<LinksView, 'texts'>, { plan, payer }: InsuranceCard): string =>
  plan ?? (payer || texts.card.title);

/** A phone leaves it as it is typed: the member tells it to somebody, who types it too. */
const passcodeField = (id: string, words: Texts['cardLinks']): Html =>
  html`<div class="field">
    <label for="passcode-${id}">${words.passcode}</label>
    <input
      id="passcode-${id}"
      name="passcode"
      autocomplete="off"
      autocapitalize="none"
      autocorrect="off"
      spellcheck="false"
      minlength="4"
      maxlength="64"
      aria-describedby="why-${id}"
    />
    <p class="hint" id="why-${id}">${words.passcodeWhy}</p>
  </div>`;

/** Closed at first: most people only look at the card. */
export function linkForm(view: LinksView, card: InsuranceCard): Html {
  const { tenant, token, texts, person } = view;
  const { id } = card;
  const { cardLinks: words } = texts;
  return html`<details class="said unprinted">
    <summary>${words.share}<span class="unseen"> – ${cardName(view, card)}</span></summary>
    <p>${words.why}</p>
    <form method="post" action="${cardLinksPath(tenant)}">
      <input type="hidden" name="token" value="${token}" />
      <input type="hidden" name="person" value="${person}" />
      <input type="hidden" name="coverage" value="${id}" />
      ${onceField()}
      ${select(
        `days-${id}`,
        'days',
        words.days,
        LINK_DAYS.map((count) => [count, words.dayCount(count)] as const),
      )}
      ${select(
        `uses-${id}`,
        'uses',
        words.uses,
        LINK_USES.map((count) => [count, words.useCount(count)] as const),
      )}
      ${passcodeField(id, words)}
      <div class="actions"><button class="primary">${words.make}</button></div>
    </form>
  </details>`;
}

function row({ token, texts, person }: LinksView, link: LinkView): Html {
  const { cardLinks: words } = texts;
  const opened = `${words.opened(link.uses, link.maxUses)}${link.used === undefined ? '' : words.lastOpened(link.used)}`;
  return html`<li>
    <div>
      <strong>${[link.name, words.made(link.made)].filter(Boolean).join(' – ')}</strong>
      <span>${link.live ? words.works(link.until) : words.over}</span>
      <span>${opened}</span>
      ${link.hasPasscode && html`<span>${words.wrong(link.wrong)}</span>`}
    </div>
    ${
      link.live &&
      html`<form method="post" action="${link.end}">
        <input type="hidden" name="token" value="${token}" />
        <input type="hidden" name="person" value="${person}" />
        <button class="plain">${words.end}<span class="unseen"> – ${words.made(link.made)}</span></button>
      </form>`
    }
  </li>`;
}

export function linkList(view: LinksView): Html | undefined {
  const { cardLinks: words } = view.texts;
  if (view.links.length === 0) return undefined;
  return html`<div class="unprinted">
    <h2 class="group">${words.title}</h2>
    <p class="hint">${words.listWhy}</p>
    <ul class="logins">
      ${view.links.map((link) => row(view, link))}
    </ul>
  </div>`;
}

export interface NewLinkView extends MemberPage {
  /** `shlink:/…`, behind the address of the viewer where there is one */
  link: string;
  /** markup of an SVG without style or script */
  qr: string;
  until: string;
  uses: number;
  hasPasscode: boolean;
  /** path */
  back: string;
}

/** The link, this once: its key is kept nowhere. */
export function newLinkPage(view: NewLinkView): string {
  const { cardLinks: words } = view.texts;
  const body = html`<div class="unprinted">${memberBar(view, 'card')}</div>
    <h1>${words.newTitle}</h1>
    <p class="lead unprinted">${words.newWhy}</p>
    <div class="qr large" role="img" aria-label="${words.qr}">${new Html(view.qr)}</div>
    <p>${view.link.startsWith('shlink:') ? words.opensInApp : words.opensInBrowser}</p>
    <p>${words.until(view.until)} ${words.howOften(view.uses)} ${view.hasPasscode && words.withPasscode}</p>
    <p class="unprinted">${words.link} <a class="long" href="${view.link}">${view.link}</a></p>
    <p class="note unprinted"><a href="${view.back}">${words.back}</a></p>`;
  return renderPlanPage(view, { title: words.newTitle, body, hasNoAddress: true });
}
