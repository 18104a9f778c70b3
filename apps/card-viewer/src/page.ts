/** The one page of the viewer, in each of its states. */
import { CARD_WORDS, type CardResources, cardHtml, type Html, html, readCard } from '@patient-access/pages';
import type { FileAnswer } from './ask-for-card-file.ts';
import { VIEWER_LANGUAGES, VIEWER_WORDS, type ViewerLanguage } from './words.ts';

type Problem = Exclude<FileAnswer, { kind: 'file' | 'ended' }>;

export type Shown =
  /** who opens the link is asked, and its passcode */
  | { kind: 'form'; hasPasscode: boolean; recipient: string; problem?: Problem }
  | { kind: 'card'; resources: CardResources; opened: Date }
  /** nothing more can be done here */
  | { kind: 'end'; why: 'none' | 'unknown' | 'ended' };

const MAX_RECIPIENT_CHARACTERS = 80;
const MAX_PASSCODE_CHARACTERS = 64;

type Words = (typeof VIEWER_WORDS)[ViewerLanguage];

const languageChoice = (chosen: ViewerLanguage): Html =>
  html`<div class="languages unprinted" role="group" aria-label="${VIEWER_WORDS[chosen].languages}">
    ${VIEWER_LANGUAGES.map((each) =>
      each === chosen
        ? html`<span aria-current="true">${VIEWER_WORDS[each].name}</span>`
        : html`<button type="button" lang="${each}" data-language="${each}">
            ${VIEWER_WORDS[each].name}
          </button>`,
    )}
  </div>`;

function problemText(problem: Problem, { problems }: Words): string {
  if (problem.kind === 'wrong passcode') return problems[problem.kind](problem.remaining);
  return problems[problem.kind];
}

const passcodeField = (words: Words): Html =>
  html`<div class="field">
    <label for="passcode">${words.passcode}</label>
    <input
      id="passcode"
      name="passcode"
      required
      maxlength="${MAX_PASSCODE_CHARACTERS}"
      autocomplete="off"
      autocapitalize="none"
      autocorrect="off"
      spellcheck="false"
      aria-describedby="passcode-why"
    />
    <p class="hint" id="passcode-why">${words.passcodeWhy}</p>
  </div>`;

const form = ({ hasPasscode, recipient, problem }: Shown & { kind: 'form' }, words: Words): Html =>
  html`<h1 tabindex="-1">${words.title}</h1>
    <p class="lead">${words.lead}</p>
    ${problem && html`<p class="alert" role="alert" tabindex="-1">${problemText(problem, words)}</p>`}
    <form>
      <div class="field">
        <label for="recipient">${words.recipient}</label>
        <input
          id="recipient"
          name="recipient"
          required
          maxlength="${MAX_RECIPIENT_CHARACTERS}"
          autocomplete="organization"
          value="${recipient}"
          aria-describedby="recipient-why"
        />
        <p class="hint" id="recipient-why">${words.recipientWhy}</p>
      </div>
      ${hasPasscode && passcodeField(words)}
      <button class="primary">${words.show}</button>
    </form>`;

function card({ resources, opened }: Shown & { kind: 'card' }, language: ViewerLanguage): Html {
  const [words, cardWords] = [VIEWER_WORDS[language], CARD_WORDS[language]];
  const read = readCard(resources, cardWords.locale);
  const moment = new Intl.DateTimeFormat(cardWords.locale, { dateStyle: 'long', timeStyle: 'short' });
  return html`<h1 tabindex="-1">${words.title}</h1>
    <h2 class="unseen">${read.plan ?? read.payer}</h2>
    ${cardHtml(read, cardWords)}
    <p>${words.checked(moment.format(opened))}</p>
    <p class="hint unprinted">${words.gone}</p>
    <button class="plain unprinted" type="button" data-print>${words.print}</button>`;
}

function content(shown: Shown, language: ViewerLanguage): Html {
  const words = VIEWER_WORDS[language];
  switch (shown.kind) {
    case 'form':
      return form(shown, words);
    case 'card':
      return card(shown, language);
    case 'end':
      return html`<h1 tabindex="-1">${words.title}</h1>
        <p>${words.ends[shown.why]}</p>`;
    default:
      return shown satisfies never;
  }
}

/** @throws TypeError when the resources are no card that can be read */
export const bodyHtml = (shown: Shown, language: ViewerLanguage): Html =>
  html`<header>${languageChoice(language)}</header>
    <main>${content(shown, language)}</main>`;
