import {
  answersToOpen,
  connectedAppFacts,
  type ConnectedAppView,
  type Subject,
  verification,
} from './connected-app.ts';
import { type Html, html } from '@patient-access/pages';
import { appLogo } from './app-logo.ts';
import { alert, done, memberHelpLink } from './layout.ts';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import { unreadNote } from './unread.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

interface PastAppView {
  name: string;
  /** see ConnectedAppView */
  returnTo?: string;
  subject: Subject;
  /** when the member agreed to it */
  since: string;
  ended: string;
  reason: keyof Texts['apps']['reasons'];
  /** path */
  receipt: string;
}

export interface AppsView extends MemberPage {
  /** until when somebody's data is seen, after a coverage or a death */
  seenUntil: string[];
  groups: { subject: Subject; apps: ConnectedAppView[] }[];
  past: PastAppView[];
  /** what others had connected to the data of the person who looks */
  byOthers: { name: string; ended: string; reason: string }[];
  /** how fresh the data is, the oldest first; empty: it is not known */
  freshness: { asOf: string; kinds: string[]; late: boolean }[];
  /** when staff took the second factor of the login away, if that is news */
  factorReset?: string;
  /** which access of which app was ended just now, and what this app can still see */
  revoked?: string;
  /** name of the app of which something was taken back just now */
  narrowed?: string;
  /** was something to be taken back, and the member had to log in first? */
  isUnchanged: boolean;
}

type NamedApp = Pick<ConnectedAppView, 'name' | 'returnTo' | 'since'>;

/** The name as a screen reader says it at a link: two apps may have one name. Apps on a device have no host. */
const nameAtLink = ({ name, returnTo, since }: NamedApp): Html =>
  html`<span class="unseen"> – ${name}, ${returnTo || since}</span>`;

function receiptLink({ receipt }: Texts, app: NamedApp & Pick<ConnectedAppView, 'receipt'>): Html {
  return html`<a href="${app.receipt}">${receipt.link}${nameAtLink(app)}</a>`;
}

function card(view: AppsView, app: ConnectedAppView): Html {
  const { texts, plan } = view;
  const id = `app-${app.grantId}`;
  return html`<article class="app" aria-labelledby="${id}">
    <div class="titled">
      ${appLogo(app.logo)}
      <h3 id="${id}">${app.name}</h3>
    </div>
    ${verification(texts, app, plan)} ${connectedAppFacts(texts, app)} ${answersToOpen(texts, app)}
    ${unreadNote(view, app)}
    <a class="button" href="${app.page}">${texts.apps.revoke}${nameAtLink(app)}</a>
    ${receiptLink(texts, app)}
  </article>`;
}

function group(view: AppsView, { subject, apps }: AppsView['groups'][number]): Html {
  return html`<h2 class="group">${subject.heading}</h2>
    <div class="apps">${apps.map((app) => card(view, app))}</div>`;
}

function past({ past: apps, texts }: AppsView): Html | undefined {
  if (apps.length === 0) return undefined;
  const words = texts.apps;
  const rows = apps.map(
    ({ subject, ended, reason, ...app }) =>
      html`<li>
        <strong>${app.name}</strong>
        <span>${subject.short}</span>
        <span>${words.ended(ended)} ${words.reasons[reason]}</span>
        ${app.returnTo !== undefined && html`<span>${words.wentBackTo} ${app.returnTo || texts.consent.anyDevice}</span>`}
        ${receiptLink(texts, app)}
      </li>`,
  );
  return html`<h2 class="group">${words.past}</h2>
    <p class="hint">${words.pastWhy}</p>
    <ul class="past">
      ${rows}
    </ul>`;
}

function byOthers({ byOthers: apps, texts }: AppsView): Html | undefined {
  if (apps.length === 0) return undefined;
  const words = texts.apps;
  const rows = apps.map(
    ({ name, ended, reason }) =>
      html`<li><strong>${name}</strong> <span>${words.ended(ended)} ${reason}</span></li>`,
  );
  return html`<h2 class="group">${words.byOthers}</h2>
    <p class="hint">${words.byOthersWhy}</p>
    <ul class="past">
      ${rows}
    </ul>`;
}

function freshness({ freshness: lines, texts }: AppsView): Html | undefined {
  if (lines.length === 0) return undefined;
  const words = texts.freshness;
  const rows = lines.map(
    ({ asOf, kinds, late }) =>
      html`<li>
        <strong>${words.asOf(asOf)}</strong>
        <span>${kinds.join(', ')}</span>
        ${late && html`<span>${words.late}</span>`}
      </li>`,
  );
  return html`<h2 class="group">${words.title}</h2>
    <p class="hint">${words.why}</p>
    <ul class="past">
      ${rows}
    </ul>`;
}

const narrowedText = ({ narrowed, texts }: AppsView): string | undefined =>
  narrowed === undefined ? undefined : texts.unread.done(narrowed);

/** Every app that a login has connected, what each may see, and those that no longer may. */
export function appsPage(view: AppsView): string {
  const { apps: words, loginChanges } = view.texts;
  const { factorReset } = loginChanges;
  const some = view.groups.length > 0;
  const body = html`${view.factorReset !== undefined && html`<p class="warning">${factorReset(view.factorReset)}</p>`}
  ${view.seenUntil.map((line) => html`<p class="note">${line}</p>`)}
  ${view.isUnchanged && alert(view.texts.unread.asksAgain)} ${some && html`<p class="lead">${words.why}</p>`}
  ${done(view.revoked)} ${done(narrowedText(view))}
  ${some ? view.groups.map((each) => group(view, each)) : html`<p class="empty">${words.none}</p>`}
  ${past(view)} ${byOthers(view)} ${freshness(view)} ${memberHelpLink(view)}`;
  return renderMemberPage(view, { current: 'apps', title: words.title, body, wide: true });
}
