import { STYLE_PATH } from '../../domain/urls.ts';
import { type Html, html } from '@patient-access/pages';
import { inLanguage, LANGUAGE_NAMES, LANGUAGES } from '../../domain/pages/language.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

/** The frame of every page. */
export interface PageFrame {
  /** the plan's name */
  plan: string;
  /** in the language of the page */
  texts: Texts;
  /** query of the page's address, which the same page in another language keeps */
  search: string;
  /** path of the page that tells members about apps */
  memberHelp?: string;
  /** where the switch of the language posts the form of the page, so that what the member has chosen there stays */
  switchPosts?: LanguageForm;
}

interface LanguageForm {
  /** the id of the form */
  form: string;
  /** the action of the Enter key, where the form has controls on which it presses the first button */
  enterSubmits?: string;
}

export interface PageContent {
  title: string;
  body: Html;
  /** for pages with a long list */
  wide?: boolean;
  /** where the browser goes on by itself, without a script */
  goesOnTo?: string;
  /** answers a form and is at no address of its own: a link to it in another language would lead to something else */
  hasNoAddress?: true;
}

/** The name of the switch: in the query of a link, and as the button of a form. */
export const LANGUAGE_SWITCH = 'lang';

/** The name of the button that the Enter key presses, and what stands before the action in its value. */
export const ENTER_FIELD = 'enter';
export const ENTER_PREFIX = 'press-';

/**
 * The first button of a form is the one that a browser presses when somebody presses Enter on a radio button (HTML,
 * "Implicit submission"), so it comes before the buttons of the switch. Its value is not that of the visible button, so that
 * who looks for that one by its value finds one button.
 */
function enterButton(form: string, action: string): Html {
  const attributes = html`name="${ENTER_FIELD}" value="${ENTER_PREFIX}${action}" tabindex="-1"
  aria-hidden="true"`;
  return html`<button class="unseen" form="${form}" ${attributes}></button>`;
}

/** Links, or buttons that post the page's form first. The Enter key in a form never changes the language. */
function languageSwitch({ texts, search, switchPosts }: PageFrame): Html {
  const links = LANGUAGES.map((language) => {
    const name = LANGUAGE_NAMES[language];
    if (language === texts.language) return html`<span aria-current="true">${name}</span>`;
    if (switchPosts)
      return html`<button
        class="plain"
        form="${switchPosts.form}"
        formnovalidate
        name="${LANGUAGE_SWITCH}"
        value="${language}"
        lang="${language}"
      >
        ${name}
      </button>`;
    return html`<a href="${inLanguage(search, language)}" lang="${language}" hreflang="${language}"
      >${name}</a
    >`;
  });
  return html`<nav class="languages" aria-label="${texts.languages}">
    ${switchPosts?.enterSubmits !== undefined && enterButton(switchPosts.form, switchPosts.enterSubmits)}${links}
  </nav>`;
}

/** @param frame.problem what is wrong with the form of the page: its title says that something is */
export function renderPlanPage(frame: PageFrame & Pick<FormView, 'problem'>, content: PageContent): string {
  const { title, body, wide, goesOnTo, hasNoAddress } = content;
  const { plan, texts, problem } = frame;
  return html`<!DOCTYPE html>
    <html lang="${texts.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        ${goesOnTo !== undefined && html`<meta http-equiv="refresh" content="0; url=${goesOnTo}" />`}
        <title>${problem !== undefined && `${texts.problem}: `}${title} – ${plan}</title>
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body${wide && html` class="wide"`}>
        <header>
          <div class="plan"><span class="mark" aria-hidden="true"></span>${plan}</div>
          ${!hasNoAddress && languageSwitch(frame)}
        </header>
        <main>${body}</main>
      </body>
    </html> `.markup;
}

/** What a member should know before an app gets data. It opens beside the page, so that nothing that was chosen is lost. */
export function memberHelpLink({ texts, memberHelp }: PageFrame): Html | undefined {
  if (memberHelp === undefined) return undefined;
  return html`<p class="note">
    <a href="${memberHelp}" target="_blank" rel="noopener noreferrer"
      >${texts.memberHelp.link}<span class="aside">${texts.newTab}</span></a
    >
  </p>`;
}

/** The plan's own page for somebody who cannot log in. It opens beside the form, and learns nothing of this page. */
export function helpLink(texts: Texts, page: string | undefined): Html | undefined {
  if (page === undefined) return undefined;
  return html`<p class="note">
    <a href="${page}" target="_blank" rel="noopener noreferrer"
      >${texts.login.help}<span class="aside">${texts.newTab}</span></a
    >
  </p>`;
}

/**
 * A message about the form that was just posted. It has the focus when the page opens, because screen readers do not read an
 * alert by itself that was there from the beginning, and the Tab key goes on from it to the form. They read it again at the
 * fields to which it belongs.
 */
export function alert(text: string | undefined): Html | undefined {
  if (text === undefined) return undefined;
  return html`<p class="alert" role="alert" id="problem" tabindex="-1" autofocus>${text}</p>`;
}

/** What was just done. It has the focus when the page opens, for the reasons of an {@link alert}. */
export function done(text: string | undefined): Html | undefined {
  if (text === undefined) return undefined;
  return html`<p class="done" role="status" tabindex="-1" autofocus>${text}</p>`;
}

/**
 * Attributes of a field: what describes it, and that the {@link alert} belongs to it (WCAG 2.2, 1.3.1 and 3.3.1).
 *
 * @param hint id of the text that says what is expected, which is needed most after something else was typed
 */
export function fieldState({ problem }: Pick<FormView, 'problem'>, hint?: string): Html | undefined {
  const texts = [problem === undefined ? undefined : 'problem', hint].filter((id) => id !== undefined);
  if (texts.length === 0) return undefined;
  return html`${problem !== undefined && html`aria-invalid="true" `}aria-describedby="${texts.join(' ')}"`;
}

export interface FormView extends PageFrame {
  /** the one-time token of the interaction */
  token: string;
  /** a random value, where the answer to this showing of the page is told from others (ADR 142) */
  showing?: string;
  /** what is wrong with the form that was just posted */
  problem?: string;
}

/** The name of the field with the language in which the form was shown. The response has the same language. */
export const LANGUAGE_FIELD = 'language';

/** A form that posts back to its own page. */
export function form({ token, showing, texts, switchPosts }: FormView, content: Html): Html {
  return html`<form method="post" ${switchPosts && html` id="${switchPosts.form}"`}>
    <input type="hidden" name="token" value="${token}" />
    ${showing !== undefined && html`<input type="hidden" name="showing" value="${showing}" />`}
    <input type="hidden" name="${LANGUAGE_FIELD}" value="${texts.language}" />
    ${content}
  </form>`;
}

/** For a person at a browser where somebody else is still logged in. */
export const otherLoginButton = ({ consent }: Texts): Html =>
  html`<div class="actions quiet">${button('log-in-again', consent.notYou, 'secondary')}</div>`;

export function button(action: string, label: string, look: 'primary' | 'secondary'): Html {
  const skip = look === 'secondary' && html` formnovalidate`;
  return html`<button class="${look}" name="action" value="${action}" ${skip}>${label}</button>`;
}
