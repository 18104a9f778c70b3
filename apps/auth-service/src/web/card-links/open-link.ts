/** Somebody opens a link to an insurance card. Nobody is logged in. */
import { NotFoundException } from '@nestjs/common';
import { inTransaction } from '@patient-access/database';
import { CARD_LINK_CLIENT_ID } from '@patient-access/events';
import { recordStatement } from '@patient-access/outbox/record';
import { fhirUserOf } from '../../domain/accounts/accounts.ts';
import { PasswordChecksBusy, verifyPassword } from '../../domain/accounts/password.ts';
import type { EventContext } from '../../domain/audit/access-event.ts';
import {
  type FoundLink,
  findLink,
  tryPasscode,
  untryPasscode,
  useLink,
} from '../../domain/card/card-link.ts';
import { endLinks } from '../../domain/card/end-links.ts';
import { linkEvent } from '../../domain/card/link-event.ts';
import { queryOn } from '../../domain/database.ts';
import { RecordUnavailable } from '../../egress/member-record.ts';
import { CARD_SCOPE, currentBasis } from '../../provider/card/insurance-cards.ts';
import type { SharedServices } from '../../provider/shared-services.ts';
import type { TenantServer } from '../../provider/tenants.ts';

/** What the person or program says that opens a link. */
export interface Opening {
  services: SharedServices;
  server: TenantServer;
  /** of the request, without a login */
  context: EventContext & { address: string };
  token: string;
  recipient: string;
  /** absent: the address was opened directly, which a link with a passcode does not allow */
  passcode?: string;
  /** the longest file that is taken, in characters; absent: any */
  most?: number;
}

/** The file, how many more passcodes may be tried, or that the file is longer than is taken: then the link is not used. */
export type Opened = { jwe: string } | { remainingAttempts: number } | { isTooLong: true };

/**
 * A link that ended tells nothing: its answer is that of one that never was.
 *
 * @throws NotFoundException after the refusal is recorded
 */
async function refuse(opening: Opening, link: FoundLink, reason: string): Promise<never> {
  const { services, context, recipient } = opening;
  const about = { link: link.id, member: link.member, recipient };
  await services.outbox.record(
    linkEvent(context, { action: 'use-card-link', refused: true, reason, ...about }),
  );
  throw new NotFoundException();
}

/** What cannot be looked at now does not show that a passcode was wrong. @throws what `look` throws */
async function untriedIfLater<Found>(
  { services, server }: Opening,
  link: FoundLink,
  look: () => Promise<Found>,
): Promise<Found> {
  try {
    return await look();
  } catch (error) {
    const isForLater = error instanceof PasswordChecksBusy || error instanceof RecordUnavailable;
    if (isForLater) await untryPasscode(queryOn(services.pool), server.tenant.id, link.id);
    throw error;
  }
}

/** @returns whether a passcode was tried, and is right; or how many more may be tried */
async function checkPasscode(
  opening: Opening,
  link: FoundLink,
): Promise<{ wasTried: boolean } | { remainingAttempts: number }> {
  if (link.passcodeHash === null) return { wasTried: false };
  const { services, server, context, recipient, passcode } = opening;
  if (passcode === undefined) return refuse(opening, link, 'passcode-missing');
  const remaining = await tryPasscode(queryOn(services.pool), server.tenant.id, link.id);
  if (remaining === undefined) return refuse(opening, link, 'link-ended');
  const isRight = () => verifyPassword(link.passcodeHash, passcode);
  if (await untriedIfLater(opening, link, isRight)) return { wasTried: true };
  const about = { link: link.id, member: link.member, recipient, reason: 'passcode-wrong' };
  await services.outbox.record(linkEvent(context, { action: 'use-card-link', refused: true, ...about }));
  return { remainingAttempts: remaining };
}

/**
 * Whoever opens the link reads the card's resources, with the rights of a card: coverage-service records it. A card that
 * the plan has changed, withdrawn or ended since is not given any more.
 */
async function isStillTheCard({ services, server, context, recipient, token }: Opening, link: FoundLink) {
  const { tenant, stores } = server;
  const account = await stores.accounts.find(link.sub);
  if (!account) return false;
  const fhirUser = fhirUserOf(account, tenant.fhirBase);
  const login = {
    client_id: CARD_LINK_CLIENT_ID,
    client_name: recipient,
    sub: link.sub,
    scope: CARD_SCOPE,
    grant_id: link.id,
    patient: link.member,
    ...(fhirUser && { fhirUser }),
  };
  const asking = { coverageUrl: services.config.COVERAGE_URL, server, address: context.address };
  return (await currentBasis(asking, login, { coverageId: link.coverage, token })) === link.basis;
}

/**
 * @throws NotFoundException when there is nothing to give; RecordUnavailable when coverage-service cannot be asked, and
 *   PasswordChecksBusy when the passcode cannot be checked now: then nothing counts, neither as a use nor as a wrong passcode
 */
export async function openLink(opening: Opening): Promise<Opened> {
  const { services, server, context, recipient } = opening;
  const { id: tenant } = server.tenant;
  const link = await findLink(queryOn(services.pool), tenant, opening.token);
  if (!link) throw new NotFoundException();
  if (!link.live) return refuse(opening, link, 'link-ended');
  const checked = await checkPasscode(opening, link);
  if ('remainingAttempts' in checked) return checked;
  if (link.size > (opening.most ?? Infinity)) {
    if (checked.wasTried) await untryPasscode(queryOn(services.pool), tenant, link.id);
    return { isTooLong: true };
  }
  const isStill = () => isStillTheCard(opening, link);
  if (!(await (checked.wasTried ? untriedIfLater(opening, link, isStill) : isStill()))) {
    const whose = { account: link.sub, link: link.id };
    await inTransaction(services.pool, (client) => endLinks(queryOn(client), whose, 'changed', context));
    return refuse(opening, link, 'link-ended');
  }
  const event = linkEvent(context, {
    action: 'use-card-link',
    link: link.id,
    member: link.member,
    recipient,
  });
  const jwe = await inTransaction(services.pool, async (client) => {
    const query = queryOn(client);
    const payload = await useLink(query, tenant, link.id, checked.wasTried);
    if (payload === undefined) return undefined;
    const { text, values } = recordStatement([event]);
    await query(text, values);
    return payload;
  });
  return jwe === undefined ? refuse(opening, link, 'link-ended') : { jwe };
}
