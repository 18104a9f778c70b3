import { memberPath } from '../../domain/urls.ts';
import { connectedAppFacts, type ConnectedAppView, type Subject, verification } from './connected-app.ts';
import { html } from '@patient-access/pages';
import { alert, button, form } from './layout.ts';
import { type MemberPage, renderMemberPage } from './member-page.ts';

export interface RevokeView extends MemberPage {
  app: ConnectedAppView;
  subject: Subject;
}

/** Asks the member before an app's access ends. */
export function revokePage(view: RevokeView): string {
  const { app, subject, texts, plan } = view;
  const words = texts.apps;
  const title = words.sure(app.name);
  const actions = html`<div class="actions">
    ${button('revoke', words.revoke, 'primary')}
    <a class="button" href="${memberPath(view.tenant, 'apps')}">${words.keep}</a>
  </div>`;
  const body = html`${alert(view.problem)}
    <p class="lead">${subject.heading}</p>
    ${verification(texts, app, plan)} ${connectedAppFacts(texts, app)}
    <section>
      <p>${words.consequence}</p>
    </section>
    <p class="note">${words.copies}</p>
    ${form(view, actions)}`;
  return renderMemberPage(view, { current: 'apps', title, body, wide: true });
}
