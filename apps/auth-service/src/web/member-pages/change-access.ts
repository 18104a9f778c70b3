/** What a member does to the access of a connected app: to end it, or to take a part of it back. */
import { inTransaction } from '@patient-access/database';
import { endGrantsOf } from '../../domain/consent/end-grants.ts';
import { narrowGrants } from '../../domain/consent/narrow-grants.ts';
import { queryOn } from '../../domain/database.ts';
import { eventContextOf } from '../session/event-context.ts';
import type { SessionContext } from '../session/session-context.ts';

/** @returns the id of the grant, as the address of the next page has it; undefined: nothing of it was live */
export async function revoke(context: SessionContext, grantId: string): Promise<string | undefined> {
  const { services, account } = context;
  const whose = { account: account.sub, likeGrant: grantId };
  const ended = await inTransaction(services.pool, (client) =>
    endGrantsOf(queryOn(client), whose, 'member', eventContextOf(context)),
  );
  return ended > 0 ? grantId : undefined;
}

/** @returns the id of a grant that is narrower now or of which nothing is left; undefined: nothing changed */
export async function takeBack(
  context: SessionContext,
  grantId: string,
  kinds: ReadonlySet<string>,
): Promise<string | undefined> {
  const { services, account } = context;
  const whose = { account: account.sub, likeGrant: grantId };
  const { replaced, ended } = await inTransaction(services.pool, (client) =>
    narrowGrants(queryOn(client), whose, kinds, eventContextOf(context)),
  );
  return replaced[0] ?? ended[0];
}
