import type { ListedAccess } from '../../domain/consent/consent-snapshot.ts';
import { accessList, factRow } from './connected-app.ts';
import { type Html, html } from '@patient-access/pages';
import type { Texts } from '../../domain/pages/texts/en.ts';

/** What a receipt says about a consent. */
export interface ReceiptFacts {
  /** the app's name, as it was shown */
  app: string;
  /** whose data it is */
  person: string;
  asked: ListedAccess;
  /** names of the categories of sensitive data that were released */
  sensitive: string[];
  since: string;
  until: string;
  /** id of the grant */
  number: string;
  /** SHA-256 of the consent page, hex */
  fingerprint: string;
}

/** @param state what became of the consent, and as of when */
export function receiptFactList(
  texts: Texts,
  facts: ReceiptFacts,
  state: { at: string; words: string },
): Html {
  const { apps, receipt } = texts;
  return html`<dl class="facts">
    ${factRow(receipt.app, facts.app)} ${factRow(receipt.person, facts.person)}
    ${factRow(receipt.given, facts.since)} ${factRow(receipt.allowed, accessList(texts, facts))}
    ${factRow(apps.until, facts.until)} ${factRow(state.at, state.words)}
    ${factRow(receipt.number, facts.number)}
    ${factRow(receipt.fingerprint, html`<code>${facts.fingerprint}</code>`)}
  </dl>`;
}
