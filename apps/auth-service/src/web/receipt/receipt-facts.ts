/** What a receipt says, in words: read off its claims alone, so that they are the same wherever it is shown. */
import {
  type ConsentSnapshot,
  identityListed,
  type ListedAccess,
} from '../../domain/consent/consent-snapshot.ts';
import { requestedAccess } from '../../domain/consent/requested-access.ts';
import { type Texts } from '../../domain/pages/texts/en.ts';
import { lastDayBefore } from '../pages/last-day.ts';
import type { ReceiptFacts } from '../pages/receipt-facts.ts';
import type { Agreement } from './agreements.ts';
import type { Receipt } from './consent-receipt.ts';

interface Reader {
  texts: Texts;
  /** of the plan */
  timeZone: string;
}

/** @returns the day, as the reader writes it */
export const dateForReader = ({ texts, timeZone }: Reader, at: Date): string =>
  new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone }).format(at);

/** What became of a consent, without why. The access of an app that had it for a login ends with that, and the consent later. */
export function agreementState(reader: Reader, { endedAt, isLoginOver }: Agreement): string {
  const { receipt, apps } = reader.texts;
  if (endedAt) return receipt.ended(dateForReader(reader, endedAt));
  return isLoginOver ? apps.loginOver : receipt.inForce;
}

/** The names of the released categories as the page had them; one of the plan's own has no other name. */
function sensitiveNames({ texts }: Reader, { spiCat }: Receipt, shown: Partial<ConsentSnapshot>): string[] {
  const known = texts.consent.sensitiveTexts as Record<string, { label: string }>;
  return spiCat
    .filter((id) => id !== 'health')
    .map((id) => shown.sensitive?.find((offer) => offer.id === id)?.text?.label ?? known[id]?.label ?? id);
}

/** What was agreed to, with what the page said of whoever logs in. @param shown the page; {} where it was not stored */
export function agreedTo(scope: string, shown: Partial<ConsentSnapshot>): ListedAccess {
  const asked = requestedAccess(scope);
  const fhirUser = shown.fhirUser === 'none' ? undefined : shown.fhirUser;
  return { ...asked, identity: identityListed(shown.identity ?? asked.identity), fhirUser };
}

export function receiptFacts(reader: Reader, receipt: Receipt): ReceiptFacts {
  const { consent, consentTimestamp, consentReceiptID, services } = receipt;
  const shown = JSON.parse(consent.snapshot) as Partial<ConsentSnapshot>;
  return {
    app: services[0].service,
    person: shown.member?.name ?? consent.patient ?? reader.texts.apps.nobody.short,
    asked: agreedTo(consent.scope, shown),
    sensitive: sensitiveNames(reader, receipt, shown),
    since: dateForReader(reader, new Date(consentTimestamp * 1000)),
    until: lastDayBefore(consent.until, { locale: reader.texts.locale, timeZone: reader.timeZone }),
    number: consentReceiptID,
    fingerprint: consent.snapshot_sha256,
  };
}
