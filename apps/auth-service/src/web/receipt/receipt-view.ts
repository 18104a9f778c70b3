import { decodeJwt } from 'jose';
import { type ConsentSnapshot, sha256 } from '../../domain/consent/consent-snapshot.ts';
import { dateOf, lastDayOf, sensitiveNames, subjectOf } from '../member-pages/apps-view.ts';
import { memberPageOf, type SessionContext } from '../session/session-context.ts';
import type { ReceiptView } from '../pages/receipt.ts';
import { receiptDocument } from '../pages/receipt-document.ts';
import { receiptPath } from '../../domain/urls.ts';
import { type Agreement, otherAgreements } from './agreements.ts';
import { Receipt } from './consent-receipt.ts';
import { agreedTo, dateForReader, receiptFacts, agreementState } from './receipt-facts.ts';

/** The content of the page of a receipt, made from the consent. */
export async function receiptView(context: SessionContext, agreement: Agreement): Promise<ReceiptView> {
  const { server, services } = context;
  const { id } = server.tenant;
  const others = await otherAgreements(services.pool, id, agreement);
  const path = receiptPath(id, agreement.grantId);
  return {
    ...memberPageOf(context),
    app: agreement.clientName,
    subject: subjectOf(context, agreement.member),
    asked: agreedTo(agreement.scope, JSON.parse(agreement.snapshot) as Partial<ConsentSnapshot>),
    sensitive: sensitiveNames(context, agreement),
    since: dateOf(context, agreement.since),
    until: lastDayOf(context, agreement.until),
    ...(agreement.endedAt && {
      ended: { at: dateOf(context, agreement.endedAt), reason: agreement.reason },
    }),
    isLoginOver: agreement.isLoginOver,
    number: agreement.grantId,
    fingerprint: sha256(agreement.snapshot),
    download: `${path}.html`,
    signed: `${path}.jwt`,
    check: server.tenant.receiptCheck,
    others: others.map(({ grantId, since }) => ({
      path: receiptPath(id, grantId),
      since: dateOf(context, since),
    })),
  };
}

/** The file that the member keeps. @param jws of this consent, made just now */
export function documentOf({ server, texts }: SessionContext, agreement: Agreement, jws: string): string {
  const { tenant } = server;
  const receipt = Receipt.parse(decodeJwt(jws));
  const reader = { texts, timeZone: tenant.settings.timeZone };
  return receiptDocument({
    plan: tenant.name,
    texts,
    facts: receiptFacts(reader, receipt),
    state: {
      at: texts.receipt.stateOn(dateForReader(reader, new Date(receipt.iat * 1000))),
      words: agreementState(reader, agreement),
    },
    checkUrl: tenant.receiptCheck,
    jws,
  });
}
