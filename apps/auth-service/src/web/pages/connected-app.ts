/** Describes what a connected app may see, in words for members. */
import type { ConsentKind } from '@patient-access/fhir';
import type { Answers } from '../../domain/applications/questions.ts';
import type { ListedAccess } from '../../domain/consent/consent-snapshot.ts';
import { KINDS } from '../../domain/consent/kinds.ts';
import type { RequestedAccess, RequestedKind } from '../../domain/consent/requested-access.ts';
import { isNamedOnly } from '../../domain/scopes/scopes.ts';
import { type Html, html } from '@patient-access/pages';
import { makerAnswers } from './maker-answers.ts';
import { partText } from './restriction-text.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

/** The person whose data it is, in the form for a heading and in the form for a list. */
export interface Subject {
  heading: string;
  short: string;
  /** says that an app can see this person's data no longer */
  revoked(app: string): string;
}

/** `idle`: the app has not used its access at all. `isAll`: there is nothing else that it may see, so nothing to keep. */
export type Unread = 'idle' | { kinds: readonly ConsentKind[]; isAll: boolean };

export interface ConnectedAppView {
  grantId: string;
  name: string;
  /** registered by the plan */
  verified: boolean;
  /** who makes it; of an app that the plan has not checked its own word */
  publisher?: string;
  /** only for a verified app */
  domain?: string;
  /** host where the member went back to when she agreed; '' for an app on her device */
  returnTo?: string;
  asked: ListedAccess;
  /** names of the categories of sensitive data that were released */
  sensitive: string[];
  since: string;
  until: string;
  /** its access has ended with a login, before that */
  isLoginOver: boolean;
  /** absent: never */
  used?: string;
  /** path of its logo */
  logo?: string;
  /** what its maker answered to the plan */
  answers?: Answers;
  /** kinds of data that it may see and does not read */
  unread?: Unread;
  /** path of the page that revokes */
  page: string;
  /** path of the receipt of the latest agreement */
  receipt: string;
}

/** Kinds that no wildcard covers: an app has to name their types. */
const NAMED_ONLY = KINDS.filter(({ types }) => types.every(isNamedOnly));

function kindText({ consent }: Texts, { id, restrictions }: RequestedKind): string {
  const parts = restrictions.map((restriction) => partText(consent, restriction));
  const { label } = consent.kindTexts[id];
  return parts.length === 0 ? label : `${label} (${parts.join('; ')})`;
}

/** "Everything" alone would say too much of an app that lacks what no wildcard covers, or has a part of it. */
function everythingList(texts: Texts, { kinds }: RequestedAccess): string[] {
  const { everything, butNot } = texts.apps;
  const named = NAMED_ONLY.map(({ id }) => {
    const given = kinds.find((kind) => kind.id === id);
    return given ? kindText(texts, given) : butNot(texts.consent.kindTexts[id].label);
  });
  return [everything, ...named];
}

/** "Everything" alone would be wrong if sensitive data is withheld, and so it would be beside the names of what is not. */
function sensitiveList(
  { apps, locale }: Texts,
  { asked, sensitive }: Pick<ConnectedAppView, 'asked' | 'sensitive'>,
): string[] {
  if (!asked.everything) return sensitive;
  if (sensitive.length === 0) return [apps.noneSensitive];
  return [apps.onlySensitive(new Intl.ListFormat(locale, { type: 'conjunction' }).format(sensitive))];
}

export function accessList(texts: Texts, access: Pick<ConnectedAppView, 'asked' | 'sensitive'>): Html {
  const { asked } = access;
  const { identityParts, fhirUserParts, noData } = texts.apps;
  const kinds = asked.everything
    ? everythingList(texts, asked)
    : asked.kinds.map((kind) => kindText(texts, kind));
  const identity = asked.identity ? [identityParts[asked.identity]] : [];
  const entry = asked.fhirUser ? [fhirUserParts[asked.fhirUser]] : [];
  const labels = [...kinds, ...sensitiveList(texts, access), ...identity, ...entry];
  if (labels.length <= 1) return html`${labels[0] ?? noData}`;
  return html`<ul>
    ${labels.map((label) => html`<li>${label}</li>`)}
  </ul>`;
}

export function factRow(name: string, value: Html | string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Two apps may have one name. The plan knows who makes this one; or the member knows where she went back to. */
function whichApp(
  { apps, consent }: Texts,
  { verified, publisher, domain, returnTo }: ConnectedAppView,
): Html | undefined {
  const madeBy = verified ? consent.publisher : apps.saysMadeBy;
  return html`${publisher !== undefined && factRow(madeBy, publisher)}
  ${domain !== undefined && factRow(consent.domain, domain)}
  ${domain === undefined && returnTo !== undefined && factRow(apps.wentBackTo, returnTo || consent.anyDevice)}`;
}

export function connectedAppFacts(texts: Texts, app: ConnectedAppView): Html {
  const { apps } = texts;
  return html`<dl class="facts">
    ${whichApp(texts, app)} ${factRow(apps.sees, accessList(texts, app))} ${factRow(apps.since, app.since)}
    ${factRow(apps.until, app.isLoginOver ? apps.loginOver : app.until)}
    ${factRow(apps.lastUse, app.used ?? apps.unused)}
  </dl>`;
}

/** The maker's own words, opened by a press. */
export function answersToOpen(texts: Texts, { name, answers }: ConnectedAppView): Html | undefined {
  if (!answers) return undefined;
  const { title, why } = texts.consent.statements;
  return html`<details class="said">
    <summary>${title}<span class="unseen"> – ${name}</span></summary>
    <p class="note">${why}</p>
    ${makerAnswers(texts, answers)}
  </details>`;
}

/** @param plan the plan's name */
export function verification({ consent }: Texts, { verified }: ConnectedAppView, plan: string): Html {
  return verified
    ? html`<span class="tag good">${consent.verified(plan)}</span>`
    : html`<span class="tag">${consent.unverified}</span>`;
}
