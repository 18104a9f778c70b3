/** Sentences about the accesses of one app to a person's data. */
import type { ConsentKind } from '@patient-access/fhir';
import { CARD_LINK_CLIENT_ID } from '@patient-access/events';
import { kindOf, KINDS } from '../../domain/consent/kinds.ts';
import type { Texts } from '../../domain/pages/texts/en.ts';
import type { MemberAccess } from '@patient-access/internal-api';
import type { AccessLine } from '../pages/access-history.ts';

/** The person who reads the sentences. */
export interface AccessReader {
  texts: Texts;
  /** whether it is the reader's own data */
  own: boolean;
}

type AccessOf<H extends MemberAccess['happened']> = Extract<MemberAccess, { happened: H }>;

const accessesOf = <H extends MemberAccess['happened']>(
  accesses: readonly MemberAccess[],
  happened: H,
): AccessOf<H>[] => accesses.filter((each): each is AccessOf<H> => each.happened === happened);

/** @returns the same text for all accesses of an app, and for all of one who opened links to the card: each has a name of its own */
export const whoseAccess = ({ app, name }: Pick<MemberAccess, 'app' | 'name'>): string =>
  app === CARD_LINK_CLIENT_ID ? `${app}\n${name}` : app;

/** @returns the sum of all times */
export const timesOf = (accesses: readonly MemberAccess[]): number =>
  accesses.reduce((sum, { times }) => sum + times, 0);

const list = ({ texts }: AccessReader, parts: readonly string[]): string =>
  new Intl.ListFormat(texts.locale, { type: 'conjunction' }).format(parts);

const number = ({ texts }: AccessReader, value: number): string =>
  new Intl.NumberFormat(texts.locale).format(value);

/** Sums by kind of data, in the order of the consent page. `undefined` stands for types that belong to no kind. */
function sums(reads: readonly AccessOf<'read'>[]): [ConsentKind | undefined, number][] {
  const byKind = new Map<ConsentKind | undefined, number>();
  for (const { type, resources } of reads) {
    if (type === null) continue;
    const id = kindOf(type)?.id;
    byKind.set(id, (byKind.get(id) ?? 0) + resources);
  }
  const ordered = [...KINDS.map(({ id }) => id), undefined];
  return ordered.flatMap((id): [ConsentKind | undefined, number][] => {
    const sum = byKind.get(id);
    return sum === undefined ? [] : [[id, sum]];
  });
}

/** @param isCard was it read by a link to the card? Of a person's details the card has the name alone (ADR 92). */
function thingsRead(
  reader: AccessReader,
  [id, sum]: readonly [ConsentKind | undefined, number],
  isCard: boolean,
): string {
  const { other, nameOnCard, readKinds } = reader.texts.access;
  if (id === undefined) return other;
  if (id === 'contact' && isCard) return nameOnCard(reader.own);
  return readKinds[id](number(reader, sum), sum === 1, reader.own);
}

function readLines(reader: AccessReader, accesses: readonly MemberAccess[]): AccessLine[] {
  const words = reader.texts.access;
  const all = sums(accessesOf(accesses, 'read'));
  const isCard = accesses[0]?.app === CARD_LINK_CLIENT_ID;
  const things = all.filter(([, sum]) => sum > 0).map((each) => thingsRead(reader, each, isCard));
  const looked = all
    .filter(([, sum]) => sum === 0)
    .map(([id]) => (id === undefined ? words.other : reader.texts.consent.kindTexts[id].label));
  const asked = accessesOf(accesses, 'read').reduce(
    (sum, { type, resources }) => sum + (type === null ? resources : 0),
    0,
  );
  return [
    ...(things.length > 0 ? [{ text: words.read(list(reader, things)), tone: 'given' as const }] : []),
    ...(looked.length > 0 ? [{ text: words.nothing(list(reader, looked)), tone: 'other' as const }] : []),
    ...(asked > 0
      ? [{ text: words.userinfo(number(reader, asked), asked === 1), tone: 'given' as const }]
      : []),
  ];
}

function refusedLines(reader: AccessReader, accesses: readonly MemberAccess[]): AccessLine[] {
  const words = reader.texts.access;
  const byReason = Map.groupBy(
    accessesOf(accesses, 'refused'),
    ({ what }) => words.reasons[what ?? ''] ?? words.reasonOther,
  );
  return [...byReason].map(([why, each]) => {
    const times = timesOf(each);
    return { text: words.refused(number(reader, times), times === 1, why), tone: 'refused' };
  });
}

function otherLines(reader: AccessReader, accesses: readonly MemberAccess[]): AccessLine[] {
  const words = reader.texts.access;
  const failed = timesOf(accessesOf(accesses, 'failed'));
  const interrupted = timesOf(accessesOf(accesses, 'interrupted'));
  const consents = new Set(
    accessesOf(accesses, 'consent').map(({ what }) => words.consents[what] ?? words.consentOther),
  );
  const corrections = new Set(
    accessesOf(accesses, 'corrected').map(
      ({ what }) => words.corrections[what ?? ''] ?? words.correctionOther,
    ),
  );
  return [
    ...[...corrections].map((text) => ({ text, tone: 'other' as const })),
    ...(interrupted > 0
      ? [{ text: words.interrupted(number(reader, interrupted), interrupted === 1), tone: 'given' as const }]
      : []),
    ...(failed > 0
      ? [{ text: words.failed(number(reader, failed), failed === 1), tone: 'other' as const }]
      : []),
    ...[...consents].map((text) => ({ text, tone: 'other' as const })),
  ];
}

/** @param accesses of one app */
export function accessLines(reader: AccessReader, accesses: readonly MemberAccess[]): AccessLine[] {
  return [...readLines(reader, accesses), ...refusedLines(reader, accesses), ...otherLines(reader, accesses)];
}
