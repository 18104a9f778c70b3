/**
 * The consent snapshot: one document with all that the member sees before the decision. The page is made from it,
 * the form is bound to it, and it is stored with the decision (security rule D20).
 */
import { createHash } from 'node:crypto';
import { SENSITIVE_CATEGORIES, type SensitiveCategory } from '@patient-access/fhir';
import { z } from 'zod';
import type { Member } from '../accounts/accounts.ts';
import { type Language, TEXTS } from '../pages/language.ts';
import type { Texts, Words } from '../pages/texts/en.ts';
import type { TenantSettings } from '../tenant/settings.ts';
import { isUnderPart2 } from './part2.ts';
import type { AppFacts } from '../apps/app-facts.ts';
import { type Duration, durationsFor } from './durations.ts';
import { type RequestedAccess, requestedAccess } from './requested-access.ts';

/** A category of sensitive data that the member may release. `text` is set for the plan's own categories. */
export interface SensitiveOffer {
  id: string;
  /** `system|code` */
  labels: readonly string[];
  /** its records are under 42 CFR Part 2, and leave with its notice */
  part2?: true;
  text?: Words;
}

export interface ConsentSnapshot {
  /** ISO 8601 */
  at: string;
  language: Language;
  textVersion: string;
  plan: string;
  app: AppFacts;
  /** host to which the member returns; absent for an app on this device */
  returnTo?: string;
  /** where another app of this name returns to that the login has connected; '' for one on a device; absent: there is none */
  sameName?: string;
  /** has the login connected this app to this person's data already? */
  connected?: true;
  login: string;
  /** absent when no member data is asked for */
  member?: Omit<Member, 'ends'> & { /** when no app sees the data any more, ISO 8601 */ endsAt?: string };
  /** accepted scopes, space-separated */
  scope: string;
  everything: boolean;
  /** what the app learns of whoever logs in; `name-alone` is for somebody who acts for the member */
  identity?: RequestedAccess['identity'] | 'name-alone';
  /** the entry about the person that the app may read: the member's own, or that of somebody who acts for the member; or
   * `none`, when the app asked for it and there is none */
  fhirUser?: 'self' | 'related' | 'none';
  kinds: RequestedAccess['kinds'];
  sensitive: SensitiveOffer[];
  durations: Duration[];
  /** time zone of the dates on the page */
  timeZone: string;
}

/** What the page says of apps that the login has connected before. It is as of the time when the page was shown. */
export type EarlierApps = Pick<ConsentSnapshot, 'sameName' | 'connected'>;

/** JSON with sorted fields: equal documents are equal texts. */
export function canonical(document: object): string {
  return JSON.stringify(document, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** A snapshot with its text, of which the seal of the form, the hash in the trail and the stored row are made. */
export interface WrittenSnapshot {
  snapshot: ConsentSnapshot;
  text: string;
}

export const written = (snapshot: ConsentSnapshot): WrittenSnapshot => ({
  snapshot,
  text: canonical(snapshot),
});

/** What is read of a snapshot when its consent is published. */
const Published = z.object({ plan: z.string().optional() });

/**
 * @param snapshot as it is stored
 * @returns the name of the plan on the page; undefined where the snapshot has none
 * @throws Error when it is no snapshot; its words may repeat what is stored
 */
export const planOnPage = (snapshot: string): string | undefined =>
  Published.parse(JSON.parse(snapshot)).plan;

/** @returns hex */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const VERSION_CHARACTERS = 12;

/** A digest of all texts of the consent page. It changes whenever one of them does. */
function versionOf({ locale, relationships, consent }: Texts): string {
  const words = JSON.stringify([locale, relationships, consent], (_key, value: unknown) =>
    typeof value === 'function' ? (value as (...words: string[]) => string)('{0}', '{1}') : value,
  );
  return sha256(words).slice(0, VERSION_CHARACTERS);
}

const VERSIONS: Record<Language, string> = { en: versionOf(TEXTS.en), es: versionOf(TEXTS.es) };

function sensitiveOffers(settings: TenantSettings, language: Language): SensitiveOffer[] {
  const { offered, own } = settings.sensitive;
  const known = Object.keys(SENSITIVE_CATEGORIES) as SensitiveCategory[];
  const offers: SensitiveOffer[] = [
    ...known.filter((id) => offered.includes(id)).map((id) => ({ id, labels: SENSITIVE_CATEGORIES[id] })),
    ...own.map(({ id, labels, text }) => ({ id, labels, text: text[language] })),
  ];
  return offers.map((offer) => (isUnderPart2(settings, offer.id) ? { ...offer, part2: true } : offer));
}

/** The facts from which a snapshot is made. */
export interface SnapshotSource
  extends
    EarlierApps,
    Pick<ConsentSnapshot, 'language' | 'plan' | 'app' | 'returnTo' | 'login' | 'scope' | 'fhirUser'> {
  member?: Member;
  /** is the person who logs in a member, whose name the plan tells? */
  hasName: boolean;
  settings: TenantSettings;
  at: Date;
}

/** Somebody who acts for the member is told to the app by an entry in the member's record, if there is one, and not as a member. */
export function identityTold(
  asked: RequestedAccess['identity'],
  { fhirUser, hasName }: Pick<SnapshotSource, 'fhirUser' | 'hasName'>,
): ConsentSnapshot['identity'] {
  if (asked === undefined || fhirUser === 'self') return asked;
  return asked === 'name' && hasName ? 'name-alone' : 'account';
}

/** @returns whose entry an app may read by a reference that `fhirUser` tells: the member's own, or that of somebody who acts for her */
export const entryNamed = (fhirUser: string): 'self' | 'related' =>
  fhirUser.split('/').at(-2) === 'Patient' ? 'self' : 'related';

/** What an app has, as a list or a receipt says it. */
export interface ListedAccess extends RequestedAccess {
  /** the entry about whoever logs in that it may read */
  fhirUser?: ReturnType<typeof entryNamed>;
}

/** @returns the same for a list of what an app has, where `name` is the name alone */
export const identityListed = (told: ConsentSnapshot['identity']): RequestedAccess['identity'] =>
  told === 'name-alone' ? 'name' : told;

export function takeSnapshot({
  settings,
  at,
  member,
  hasName,
  ...occasion
}: SnapshotSource): ConsentSnapshot {
  const { kinds, everything, identity, ...lasting } = requestedAccess(occasion.scope);
  const offers = kinds.length > 0 ? sensitiveOffers(settings, occasion.language) : [];
  return {
    ...occasion,
    at: at.toISOString(),
    textVersion: VERSIONS[occasion.language],
    ...(member && {
      member: {
        patient: member.patient,
        name: member.name,
        relationship: member.relationship,
        ...(member.ends && { endsAt: member.ends.at }),
      },
    }),
    everything,
    identity: identityTold(identity, { fhirUser: occasion.fhirUser, hasName }),
    kinds,
    sensitive: offers,
    durations: durationsFor(lasting, at, settings.maxConsentDays, member?.ends?.at),
    timeZone: settings.timeZone,
  };
}
