/** The pages on which an app's request ends: the one that goes on to the app, and the one that says that it was answered. */
import { type Html, html } from '@patient-access/pages';
import type { WebPage } from '../../domain/apps/app-facts.ts';
import { returnHost } from '../../domain/apps/app-name.ts';
import { memberPath } from '../../domain/urls.ts';
import { type PageFrame, renderPlanPage } from './layout.ts';

interface AnswerView extends PageFrame {
  tenant: string;
  /** the app's name as pages show it */
  app: string;
  /** of the app, if it has one */
  website?: WebPage;
}

const isWebPage = (address: string): boolean => /^https?:/.test(address);

/**
 * The page ends the chain of redirects of a posted form (ADR 67). Where the app is not installed, the browser stays here.
 *
 * @param view.to the app's address with the answer, or an address of ours that leads there
 * @param view.appUri the app's address, where `to` is ours
 * @param view.byItself false: the person presses the link, because she has come back to this page
 * @param view.isPosted there is no page at the address
 */
export function goOnPage(
  view: AnswerView & { to: string; appUri?: string; byItself: boolean; isPosted?: true },
): string {
  const { texts, app, to, appUri = to, byItself, isPosted } = view;
  const { answer } = texts;
  const title = answer.title(app);
  const host = returnHost(appUri);
  const body = html`<h1>${title}</h1>
    <p class="lead">${host === undefined ? answer.goesOnDevice : answer.goesOn(host)}</p>
    <div class="actions"><a class="button primary" href="${to}">${answer.link}</a></div>
    ${!isWebPage(to) && html`<p class="note">${answer.notInstalled}</p>`}`;
  return renderPlanPage(view, {
    title,
    body,
    goesOnTo: byItself ? to : undefined,
    hasNoAddress: isPosted,
  });
}

/** The app has its answer. There is nothing to send to it any more. */
export function answeredPage(view: AnswerView): string {
  const { texts, tenant, app, website } = view;
  const { answer } = texts;
  const link: Html | undefined =
    website &&
    html`<div class="actions">
      <a class="button primary" href="${website.url}">${answer.website(website.host)}</a>
    </div>`;
  const body = html`<h1>${answer.answeredTitle}</h1>
    <p class="lead">${answer.answered(app)}</p>
    <p>${answer.again}</p>
    ${link}
    <p class="note"><a href="${memberPath(tenant, 'apps')}">${answer.connected}</a></p>`;
  return renderPlanPage(view, { title: answer.answeredTitle, body });
}
