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
import { queryOn } from '../../domain/database.ts';
import { hmac } from '../../domain/keys/secrets.ts';
import { cardLinkPath, scannedCardLink } from '../../domain/urls.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { SessionContext } from '../session/session-context.ts';

const TOKEN_BYTES = 32;

const oneOf = (choices: readonly number[]) => z.coerce.number().refine((value) => choices.includes(value));

/** What the form says. */
export const LinkForm = z.object({
  days: oneOf(LINK_DAYS),
  uses: oneOf(LINK_USES),
  /** Spaces alone are none, and whoever typed them wanted one. */
  passcode: z
    .string()
    .refine((text) => text === '' || text.trim().length >= 4)
    .trim()
    .max(64),
  /** of this showing of the form */
  once: z.string().min(1).max(64).optional(),
});
export type LinkForm = z.infer<typeof LinkForm>;

export interface MadeLink {
  /** `shlink:/…`, behind the address of the viewer where there is one */
  link: string;
  until: Date;
}

const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** The same form, for the same card, has the same token each time that it is sent. Without our key nobody makes it. */
function tokenOf(
  { services, server, session }: SessionContext,
  { member, coverage }: Pick<NewCardLink, 'member' | 'coverage'>,
  once: string | undefined,
): string {
  if (once === undefined) return newToken();
  const form = [server.tenant.id, session.uid, member, coverage, once];
  return hmac(services.formKey, JSON.stringify(['card-link', ...form]));
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
  { days, uses, passcode, once }: LinkForm,
): Promise<MadeLink | undefined> {
  const { services, server, session, account, texts } = context;
  const { tenant } = server;
  const about = { member: person.patient, coverage: resources.coverage.id };
  const first = tokenOf(context, about, once);
  // Before a passcode is hashed, which takes a place from others.
  const wanted = { tenant: tenant.id, sub: account.sub, token: first };
  if (!(await mayHaveLink(queryOn(services.pool), wanted))) return undefined;
  const { jwe, key } = await encryptFile(cardBundle(resources, tenant.fhirBase, new Date()));
  const hasPasscode = passcode !== '';
  const link = {
    tenant: tenant.id,
    session: session.uid,
    sub: account.sub,
    ...about,
    payload: jwe,
    ...(hasPasscode && { passcodeHash: await hashPassword(passcode) }),
    maxUses: uses,
    days,
  };
  const at = async (token: string) => {
    const made = await storeLink(context, { ...link, token, basis: basisOf(resources, token) });
    return made && { ...made, token };
  };
  // Another tab may have replaced the row of the session just then, or the form was sent long ago: the second try is another link.
  const made = (await at(first)) ?? (await at(newToken()));
  if (!made) return undefined;
  const { token } = made;
  const url = `${services.config.PUBLIC_URL}${cardLinkPath(tenant.id, token)}`;
  const { label } = texts.cardLinks;
  const shared = shlink({ url, key, until: made.until, hasPasscode, label });
  return { link: scannedCardLink(shared, services.config.CARD_VIEWER_URL), until: made.until };
}
