/** Beside a connected app: the kinds of data that it does not read, with one press to take them back. */
import type { ConsentKind } from '@patient-access/fhir';
import { type Html, html } from '@patient-access/pages';
import { UNREAD_DAYS } from '../../domain/apps/unread-kinds.ts';
import type { ConnectedAppView } from './connected-app.ts';
import type { FormView } from './layout.ts';

/** The action of the form. */
export const TAKE_BACK = 'narrow';
/** The field of the form: one for each kind that the page named, so nothing else is taken back. */
export const KIND_FIELD = 'kind';

function takeBackForm(
  { token, texts }: FormView,
  { name, page }: ConnectedAppView,
  kinds: readonly ConsentKind[],
) {
  const { unread: words } = texts;
  return html`<form method="post" action="${page}">
    <input type="hidden" name="token" value="${token}" />
    ${kinds.map((kind) => html`<input type="hidden" name="${KIND_FIELD}" value="${kind}" />`)}
    <p>${words.rest}</p>
    <button class="secondary" name="action" value="${TAKE_BACK}">
      ${words.takeBack}<span class="unseen"> – ${name}</span>
    </button>
  </form>`;
}

export function unreadNote(view: FormView, app: ConnectedAppView): Html | undefined {
  const { unread: words, consent } = view.texts;
  const { name, unread } = app;
  const days = String(UNREAD_DAYS);
  if (unread === undefined) return undefined;
  if (unread === 'idle') return html`<div class="unread"><p>${words.idle(name, days)}</p></div>`;
  const { kinds, isAll } = unread;
  return html`<div class="unread">
    <p>${words.why(name, days)}</p>
    <ul>
      ${kinds.map((kind) => html`<li>${consent.kindTexts[kind].label}</li>`)}
    </ul>
    ${isAll ? html`<p>${words.all}</p>` : takeBackForm(view, app, kinds)}
  </div>`;
}
