/** What happened to somebody's data, in sentences: by app, by login that it acted for, and by what came of it. */
import { kindOf, type KindId, KINDS } from '../consent/kinds.ts';
import type { Texts } from '../pages/texts/en.ts';
import type { Fact } from '../trail/audit-event.ts';

export interface Line {
  text: string;
  tone: 'given' | 'refused' | 'other';
}

/** For whom the sentences are written. */
export interface Reader {
  texts: Texts;
  /** whether it is the reader's own data */
  own: boolean;
}

type Happened = Fact['happened'];
type Kind<K extends Happened['kind']> = Extract<Happened, { kind: K }>;

const ofKind = <K extends Happened['kind']>(facts: readonly Fact[], kind: K): Kind<K>[] =>
  facts.map(({ happened }) => happened).filter((each): each is Kind<K> => each.kind === kind);

const list = ({ texts }: Reader, parts: readonly string[]): string =>
  new Intl.ListFormat(texts.locale, { type: 'conjunction' }).format(parts);

const number = ({ texts }: Reader, value: number): string =>
  new Intl.NumberFormat(texts.locale).format(value);

/** Sums by kind of data, in the order of the consent page; `undefined`: a type that no kind names. */
function sums(reads: readonly Kind<'read'>[]): [KindId | undefined, number][] {
  const byKind = new Map<KindId | undefined, number>();
  for (const { counts } of reads)
    for (const [type, count] of counts) {
      const id = kindOf(type)?.id;
      byKind.set(id, (byKind.get(id) ?? 0) + count);
    }
  const ordered = [...KINDS.map(({ id }) => id), undefined];
  return ordered.flatMap((id): [KindId | undefined, number][] => {
    const sum = byKind.get(id);
    return sum === undefined ? [] : [[id, sum]];
  });
}

function readLines(reader: Reader, facts: readonly Fact[]): Line[] {
  const words = reader.texts.access;
  const all = sums(ofKind(facts, 'read'));
  const things = all
    .filter(([, sum]) => sum > 0)
    .map(([id, sum]) =>
      id === undefined ? words.other : words.readKinds[id](number(reader, sum), sum === 1, reader.own),
    );
  const looked = all
    .filter(([, sum]) => sum === 0)
    .map(([id]) => (id === undefined ? words.other : reader.texts.consent.kindTexts[id].label));
  return [
    ...(things.length > 0 ? [{ text: words.read(list(reader, things)), tone: 'given' as const }] : []),
    ...(looked.length > 0 ? [{ text: words.nothing(list(reader, looked)), tone: 'other' as const }] : []),
  ];
}

function refusedLines(reader: Reader, facts: readonly Fact[]): Line[] {
  const words = reader.texts.access;
  const byReason = Map.groupBy(
    ofKind(facts, 'refused'),
    ({ reason }) => words.reasons[reason] ?? words.reasonOther,
  );
  return [...byReason].map(([why, each]) => ({
    text: words.refused(number(reader, each.length), each.length === 1, why),
    tone: 'refused',
  }));
}

function otherLines(reader: Reader, facts: readonly Fact[]): Line[] {
  const words = reader.texts.access;
  const failed = ofKind(facts, 'failed').length;
  const consents = new Set(
    ofKind(facts, 'consent').map(({ action }) => words.consents[action] ?? words.consentOther),
  );
  return [
    ...(failed > 0
      ? [{ text: words.failed(number(reader, failed), failed === 1), tone: 'other' as const }]
      : []),
    ...[...consents].map((text) => ({ text, tone: 'other' as const })),
  ];
}

/** @param facts of one app */
export function linesOf(reader: Reader, facts: readonly Fact[]): Line[] {
  return [...readLines(reader, facts), ...refusedLines(reader, facts), ...otherLines(reader, facts)];
}
