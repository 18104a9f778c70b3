/** A member makes a link to one of her cards, or to one of a person whose data she sees. */
import { randomBytes } from 'node:crypto';
import { inTransaction } from '@patient-access/database';
import { recordStatement } from '@patient-access/outbox/record';
import type { CardResources } from '@patient-access/pages';
import { z } from 'zod';
import type { Member } from '../../domain/accounts/accounts.ts';
import { hashPassword } from '../../domain/accounts/password.ts';
import { basisOf, cardBundle, encryptFile, shlink } from '../../domain/card/card-payload.ts';
import { findLink, insertLink, mayHaveLink, type NewCardLink } from '../../domain/card/card-link.ts';
import { LINK_DAYS, LINK_USES } from '../../domain/card/link-choices.ts';
import { linkEvent } from '../../domain/card/link-event.ts';
import { queryOn } from '../../domain/database.ts';
import { hmac } from '../../domain/keys/secrets.ts';
import { cardLinkPath, scannedCardLink } from '../../domain/urls.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { SessionContext } from '../session/session-context.ts';

const FORM_BYTES = 32;

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

/** For a form that does not say which one it is. */
const newForm = (): string => randomBytes(FORM_BYTES).toString('base64url');

/**
 * The same form with the same choices, for the same card, has the same token and the same key each time that it is sent, so its
 * page loaded again shows the same code. Without our key nobody makes them, and without the form we do not: it is kept nowhere.
 */
function secretsOf(
  { services, server, session }: SessionContext,
  { member, coverage }: Pick<NewCardLink, 'member' | 'coverage'>,
  { once, days, uses, passcode }: LinkForm & { once: string },
): { token: string; key: string } {
  const form = [server.tenant.id, session.uid, member, coverage, once, days, uses, passcode];
  const secret = (of: string) => hmac(services.formKey, JSON.stringify([of, ...form]));
  return { token: secret('card-link'), key: secret('card-link-key') };
}

/** Stores a link with its event. Whoever is shown its key again has an event, too. @returns as {@link insertLink} */
const storeLink = (context: SessionContext, link: NewCardLink) =>
  inTransaction(context.services.pool, async (client) => {
    const query = queryOn(client);
    const stored = await insertLink(query, link);
    if (!stored) return undefined;
    const about = { action: 'make-card-link', link: stored.id, member: link.member } as const;
    const { text, values } = recordStatement([linkEvent(eventContextOf(context), about)]);
    await query(text, values);
    return stored;
  });

/**
 * The file is encrypted here, once, with a key that stands in the link alone.
 *
 * @returns `over`: the form has made a link before, which does not work any more. `many`: the login has too many live links, or
 *   the session ended meanwhile; then the next page asks for a login
 */
export async function makeLink(
  context: SessionContext,
  person: Member,
  resources: CardResources,
  form: LinkForm,
): Promise<MadeLink | 'over' | 'many'> {
  const { services, server, session, account, texts } = context;
  const { tenant } = server;
  const about = { member: person.patient, coverage: resources.coverage.id };
  const { token, key } = secretsOf(context, about, { ...form, once: form.once ?? newForm() });
  const query = queryOn(services.pool);
  // Before a passcode is hashed, which takes a place from others.
  if (!(await mayHaveLink(query, { tenant: tenant.id, sub: account.sub, token }))) return 'many';
  const hasPasscode = form.passcode !== '';
  const link = {
    tenant: tenant.id,
    session: session.uid,
    token,
    sub: account.sub,
    ...about,
    basis: basisOf(resources, token),
    payload: await encryptFile(cardBundle(resources, tenant.fhirBase, new Date()), key),
    ...(hasPasscode && { passcodeHash: await hashPassword(form.passcode) }),
    maxUses: form.uses,
    days: form.days,
  };
  // Another tab may have replaced the row of the session just then.
  const made = (await storeLink(context, link)) ?? (await storeLink(context, link));
  if (!made) return (await findLink(query, tenant.id, token)) ? 'over' : 'many';
  const url = `${services.config.PUBLIC_URL}${cardLinkPath(tenant.id, token)}`;
  const { label } = texts.cardLinks;
  const shared = shlink({ url, key, until: made.until, hasPasscode, label });
  return { link: scannedCardLink(shared, services.config.CARD_VIEWER_URL), until: made.until };
}
