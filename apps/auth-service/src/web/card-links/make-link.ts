/** A member makes a link to one of her cards, or to one of a person whose data she sees. */
import { randomBytes } from 'node:crypto';
import { inTransaction } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import type { CardResources } from '@patient-access/pages';
import { z } from 'zod';
import type { Member } from '../../domain/accounts/accounts.ts';
import { hashPassword } from '../../domain/accounts/password.ts';
import { basisOf, cardBundle, encryptFile, shlink } from '../../domain/card/card-payload.ts';
import { insertLink, mayHaveLink, type NewCardLink } from '../../domain/card/card-link.ts';
import { LINK_DAYS, LINK_USES } from '../../domain/card/link-choices.ts';
import { linkEvent } from '../../domain/card/link-event.ts';
import { queryOn, queryWith } from '../../domain/database.ts';
import { cardLinkPath, scannedCardLink } from '../../domain/urls.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { SessionContext } from '../session/session-context.ts';

const TOKEN_BYTES = 32;

const oneOf = (choices: readonly number[]) => z.coerce.number().refine((value) => choices.includes(value));

/** What the form says. */
export const LinkForm = z.object({
  days: oneOf(LINK_DAYS),
  uses: oneOf(LINK_USES),
  passcode: z
    .string()
    .trim()
    .max(64)
    .refine((text) => text === '' || text.length >= 4),
});
export type LinkForm = z.infer<typeof LinkForm>;

export interface MadeLink {
  /** `shlink:/…`, behind the address of the viewer where there is one */
  link: string;
  until: Date;
}

/** Stores a link with its event. @returns as {@link insertLink} */
const storeLink = (context: SessionContext, link: NewCardLink) =>
  inTransaction(context.services.pool, async (client) => {
    const query = queryOn(client);
    const inserted = await insertLink(query, link);
    if (!inserted) return undefined;
    const about = { action: 'make-card-link', link: inserted.id, member: link.member } as const;
    const { text, values } = recordStatement([linkEvent(eventContextOf(context), about)]);
    await query(text, values);
    return inserted;
  });

/**
 * The file is encrypted here, once, with a key that stands in the link alone.
 *
 * @returns undefined when the login has too many live links, and when the session ended meanwhile: then the next page asks for
 *   a login
 */
export async function makeLink(
  context: SessionContext,
  person: Member,
  resources: CardResources,
  { days, uses, passcode }: LinkForm,
): Promise<MadeLink | undefined> {
  const { services, server, session, account, texts } = context;
  const { tenant } = server;
  // Before a passcode is hashed, which takes a place from others.
  if (!(await mayHaveLink(queryWith(services.pool), tenant.id, account.sub))) return undefined;
  const { jwe, key } = await encryptFile(cardBundle(resources, tenant.fhirBase, new Date()));
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const hasPasscode = passcode !== '';
  const link = {
    tenant: tenant.id,
    session: session.uid,
    token,
    sub: account.sub,
    member: person.patient,
    coverage: resources.coverage.id,
    basis: basisOf(resources, token),
    payload: jwe,
    ...(hasPasscode && { passcodeHash: await hashPassword(passcode) }),
    maxUses: uses,
    days,
  };
  // Another tab may have replaced the row of the session just then: the second try meets the new row.
  const made = (await storeLink(context, link)) ?? (await storeLink(context, link));
  if (!made) return undefined;
  const url = `${services.config.PUBLIC_URL}${cardLinkPath(tenant.id, token)}`;
  const { label } = texts.cardLinks;
  const shared = shlink({ url, key, until: made.until, hasPasscode, label });
  return { link: scannedCardLink(shared, services.config.CARD_VIEWER_URL), until: made.until };
}
