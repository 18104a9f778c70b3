/**
 * For whom an app acted. The token of an app names a person only where the app may ask who that is (`fhirUser`). The event of the
 * consent always names who agreed, and so do events of pages of our own and of links to a card.
 */
import { type AccessEvent, OWN_CLIENT_IDS } from '@patient-access/events';
import { personReference } from '@patient-access/smart';

/**
 * The member whose data it is, another login that may see this member, or nobody; `unknown`: the event does not say, and the consent
 * is not known.
 */
export type ActedFor = 'the member' | 'another login' | 'nobody' | 'unknown';

/** Acts by which somebody agrees, or agrees to less. */
export const AGREEING: readonly string[] = ['grant', 'change', 'narrow'];

/** Who agreed to each grant, by its id: a reference, or nothing of somebody who is no member and has none. */
type Agreed = ReadonlyMap<string, string | undefined>;

/** @returns what events say of who agreed, as entries of {@link Agreed} */
export const agreedIn = (events: readonly AccessEvent[]): [string, string | undefined][] =>
  events.flatMap(({ kind, action, grantId, user }): [string, string | undefined][] =>
    kind === 'consent' && AGREEING.includes(action) && grantId && user ? [[grantId, user.fhirUser]] : [],
  );

/** @returns the reference of the person for whom an app acted: of the event, or else of who agreed, as far as these name one */
export const actingPerson = ({ user, grantId = '' }: AccessEvent, agreed: Agreed): string | undefined =>
  user && (user.fhirUser ?? agreed.get(grantId));

/** A login for itself always has its Patient here. */
const isOurs = (client = ''): boolean => OWN_CLIENT_IDS.includes(client);

/** @param member Patient id of whose data it is */
export function actedFor(event: AccessEvent, member: string, agreed: Agreed): ActedFor {
  const { user, client, grantId = '' } = event;
  if (!user || user.sub === client?.id) return 'nobody';
  if (user.fhirUser === undefined && !isOurs(client?.id) && !agreed.has(grantId)) return 'unknown';
  const person = actingPerson(event, agreed);
  const isMember = person !== undefined && personReference(person) === `Patient/${member}`;
  return isMember ? 'the member' : 'another login';
}
