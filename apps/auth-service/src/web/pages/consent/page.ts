/** The consent page. It is made only from the document that is stored with the decision. */
import type { Ticks } from '../../../domain/consent/choice.ts';
import type { ConsentSnapshot } from '../../../domain/consent/consent-snapshot.ts';
import { html } from '@patient-access/pages';
import { appLogo } from '../app-logo.ts';
import {
  alert,
  button,
  type FormView,
  form,
  memberHelpLink,
  otherLoginButton,
  renderPlanPage,
} from '../layout.ts';
import { kindBoxes, sensitiveBoxes } from './boxes.ts';
import { durationChoice } from './duration.ts';
import { earlierAppsFields } from './earlier-apps.ts';
import { appCard, subjectFacts } from './facts.ts';

export interface ConsentView extends FormView {
  snapshot: ConsentSnapshot;
  /** hidden fields: when the document was made, and the seal that binds the form to it */
  proof: { at: string; seal: string };
  /** the checked boxes, as the page begins, as the member left them, or as they were posted */
  ticks: Ticks;
  severalMembers: boolean;
  /** may somebody else log in for the same request? */
  otherLogin: boolean;
  /** path of the page where she ends the access */
  appsPage: string;
  /** path of the app's logo */
  logo?: string;
}

/** The things for which an app asks, in plain words. The member can uncheck each kind, or refuse all. */
export function consentPage(consent: ConsentView): string {
  const view = { ...consent, switchPosts: { form: 'consent' } };
  const { snapshot: snapshot, ticks, texts, proof } = view;
  const words = texts.consent;
  const { name, verified } = snapshot.app;
  const title = verified ? words.title(name) : words.titleUnverified(name);
  const fields = html`<input type="hidden" name="snapshot_at" value="${proof.at}" />
    <input type="hidden" name="snapshot_seal" value="${proof.seal}" />
    ${earlierAppsFields(snapshot)} ${kindBoxes(words, snapshot, ticks.kinds)}
    ${sensitiveBoxes(words, snapshot, ticks.sensitive)}
    ${durationChoice(texts, snapshot, { chosen: ticks.duration, appsPage: view.appsPage })}
    <p class="note">${words.after}</p>
    <div class="actions">
      ${button('agree', words.agree, 'primary')}${button('deny', words.deny, 'secondary')}
    </div>
    ${view.severalMembers && html`<div class="actions quiet">${button('back', words.other, 'secondary')}</div>`}
    ${view.otherLogin && otherLoginButton(texts)}`;
  const body = html`<div class="titled">
      ${appLogo(view.logo)}
      <h1>${title}</h1>
    </div>
    ${alert(view.problem)} ${subjectFacts(texts, snapshot)} ${appCard(texts, snapshot)} ${form(view, fields)}
    ${memberHelpLink(view)}`;
  return renderPlanPage(view, { title, body, wide: snapshot.kinds.length > 1 });
}
