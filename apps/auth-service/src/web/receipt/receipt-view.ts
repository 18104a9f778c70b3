import { requestedAccess } from '../../domain/consent/requested-access.ts';
import { sha256 } from '../../domain/consent/consent-snapshot.ts';
import { dateOf, sensitiveNames, subject } from '../member-pages/apps-view.ts';
import { pageOf, type Visitor } from '../member-pages/visitor.ts';
import type { ReceiptView } from '../pages/receipt.ts';
import { receiptPath } from '../../domain/urls.ts';
import { type Agreement, otherAgreements } from './agreements.ts';

/** What the page of a receipt shows, from what was agreed. */
export async function receiptView(visitor: Visitor, agreement: Agreement): Promise<ReceiptView> {
  const { server, services } = visitor;
  const { id } = server.tenant;
  const others = await otherAgreements(services.pool, id, agreement);
  const path = receiptPath(id, agreement.grantId);
  return {
    ...pageOf(visitor),
    app: agreement.clientName,
    subject: subject(visitor, agreement.member),
    asked: requestedAccess(agreement.scope),
    sensitive: sensitiveNames(visitor, agreement),
    since: dateOf(visitor, agreement.since),
    until: dateOf(visitor, agreement.until),
    ...(agreement.endedAt && {
      ended: { at: dateOf(visitor, agreement.endedAt), reason: agreement.reason },
    }),
    number: agreement.grantId,
    fingerprint: sha256(agreement.snapshot),
    download: `${path}.jwt`,
    keys: `${server.tenant.issuer}/keys`,
    others: others.map(({ grantId, since }) => ({
      path: receiptPath(id, grantId),
      since: dateOf(visitor, since),
    })),
  };
}
