import type { ListedAccess } from '../../domain/consent/consent-snapshot.ts';
import { factRow, accessList, type Subject } from './connected-app.ts';
import { type Html, html } from '@patient-access/pages';
import { type MemberPage, renderMemberPage } from './member-page.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';

export interface ReceiptView extends MemberPage {
  /** the app's name, as it was shown */
  app: string;
  subject: Subject;
  asked: ListedAccess;
  /** names of the categories of sensitive data that were released */
  sensitive: string[];
  since: string;
  until: string;
  ended?: { at: string; reason: keyof Texts['apps']['reasons'] };
  /** see ConnectedAppView */
  isLoginOver: boolean;
  /** id of the grant */
  number: string;
  /** SHA-256 of the consent page, hex */
  fingerprint: string;
  /** path of the file to keep */
  download: string;
  /** path of the signed code alone */
  signed: string;
  /** address of the page where anybody can check it */
  check: string;
  /** receipts for the same app and person */
  others: { path: string; since: string }[];
}

function facts(view: ReceiptView): Html {
  const { texts, ended } = view;
  const { apps, receipt } = texts;
  return html`<dl class="facts">
    ${factRow(receipt.given, view.since)} ${factRow(receipt.allowed, accessList(texts, view))}
    ${factRow(apps.until, view.until)}
    ${ended && html`${factRow(receipt.now, `${apps.ended(ended.at)} ${apps.reasons[ended.reason]}`)}`}
    ${!ended && factRow(receipt.now, view.isLoginOver ? apps.loginOver : receipt.inForce)}
    ${factRow(receipt.number, view.number)}
    ${factRow(receipt.fingerprint, html`<code>${view.fingerprint}</code>`)}
  </dl>`;
}

function otherReceipts({ others, texts }: ReceiptView): Html | undefined {
  if (others.length === 0) return undefined;
  return html`<h2>${texts.receipt.others}</h2>
    <ul>
      ${others.map(({ path, since }) => html`<li><a href="${path}">${texts.receipt.from(since)}</a></li>`)}
    </ul>`;
}

/**
 * The consent of a member, with links to the signed receipt. The answer says that it is a file, and the links do not: after the
 * end of the session a browser would save the login page in its place.
 */
export function receiptPage(view: ReceiptView): string {
  const { receipt } = view.texts;
  const title = receipt.title(view.app);
  const body = html`<p class="lead">${view.subject.heading}</p>
    ${facts(view)}
    <p><a class="button" href="${view.download}">${receipt.download}</a></p>
    <p class="hint">${receipt.why} <a href="${view.check}">${view.check}</a></p>
    <p class="hint"><a href="${view.signed}">${receipt.signed}</a></p>
    ${otherReceipts(view)}`;
  return renderMemberPage(view, { current: 'apps', title, body, wide: true });
}
