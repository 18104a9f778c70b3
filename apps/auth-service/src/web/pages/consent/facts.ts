/** Describes the app, whether the plan has verified it, and whose data it asks for. */
import type { WebPage } from '../../../domain/apps/app-facts.ts';
import type { ConsentSnapshot } from '../../../domain/consent/consent-snapshot.ts';
import { type Html, html } from '@patient-access/pages';
import type { Texts } from '../../../domain/pages/texts/en.ts';

import { lastDayBefore } from '../last-day.ts';
import { makerAnswers } from '../maker-answers.ts';

type Words = Texts['consent'];

/** What the head of the page needs to know of the app. Its developer is shown the same before any member is. */
type ShownApp = Pick<ConsentSnapshot, 'app' | 'plan' | 'returnTo' | 'sameName'>;

function fact(name: string, value: Html | string | undefined): Html | undefined {
  if (value === undefined) return undefined;
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/**
 * A link that opens in a new tab. Neither page learns about the other. The text is the host, which the app cannot
 * choose freely.
 */
function link(texts: Texts, page: WebPage | undefined): Html | undefined {
  if (page === undefined) return undefined;
  return html`<a href="${page.url}" target="_blank" rel="noopener noreferrer"
    >${page.host}<span class="aside">${texts.newTab}</span></a
  >`;
}

/** Whose data it is, who decides, and where the browser goes afterwards. */
export function subjectFacts(
  { relationships, consent, language, locale }: Texts,
  { member, login, returnTo, timeZone }: ConsentSnapshot,
): Html {
  const relationship = member && (relationships[member.relationship] ?? member.relationship);
  const whose =
    member && html`<strong>${member.name}</strong> (${(relationship ?? '').toLocaleLowerCase(language)})`;
  const ends = member?.endsAt && lastDayBefore(member.endsAt, { locale, timeZone });
  return html`<dl class="facts">
    ${fact(consent.subject, whose)} ${fact(consent.seenUntil, ends)} ${fact(consent.signedInAs, login)}
    ${fact(consent.returnTo, returnTo ?? consent.device)}
  </dl>`;
}

/** Says whether the plan has verified the app. */
function trust(words: Words, { app, plan, returnTo, sameName }: ShownApp): Html {
  const [look, title, why] = app.verified
    ? ['verified', words.verified(plan), words.verifiedWhy]
    : ['warning', words.unverified, words.unverifiedWhy(plan)];
  return html`<div class="${look}">
    <strong>${title}</strong>
    <p>${why}</p>
    ${
      sameName !== undefined &&
      html`<p>${words.sameName(sameName || words.anyDevice, returnTo ?? words.device)}</p>`
    }
  </div>`;
}

/** The maker's own words, under a title that says so. */
function answersOf(texts: Texts, { app: { answers } }: ShownApp): Html | undefined {
  if (!answers) return undefined;
  const { title, why } = texts.consent.statements;
  return html`<h2>${title}</h2>
    <p class="note">${why}</p>
    ${makerAnswers(texts, answers)}`;
}

/**
 * The facts of a verified app. For an unverified app, it shows what the app says about itself, under a title that
 * says so.
 */
export function appCard(texts: Texts, shown: ShownApp): Html {
  const { app } = shown;
  const words = texts.consent;
  // The name of the whole is not that of its second part: what the plan says of the app is no claim of the app.
  return html`<section class="card" aria-label="${words.about}">
    ${trust(words, shown)}
    <h2>${app.verified ? words.about : words.claims}</h2>
    <dl class="facts">
      ${fact(words.publisher, app.publisher)}
      ${fact(words.domain, app.domain && html`<strong>${app.domain}</strong>`)}
      ${fact(words.website, link(texts, app.website))} ${fact(words.contact, app.contact)}
      ${fact(words.policy, link(texts, app.policy) ?? words.noPolicy)}
      ${fact(words.terms, link(texts, app.terms))}
    </dl>
    ${answersOf(texts, shown)}
  </section>`;
}
