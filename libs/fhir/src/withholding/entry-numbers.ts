/**
 * The numbers of the entries of a list, and the lines that name entries by them: in a claim `item.careTeamSequence` names
 * an entry of `careTeam`. An entry that is left out leaves neither a gap in the numbers nor a line that names it.
 */
type Json = Readonly<Record<string, unknown>>;

/** Elements that count the entries of a list. */
const NUMBERS = ['sequence', 'rank', 'priority'];
/** By the list, the elements of an `item` that name entries of it. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  careTeam: ['careTeamSequence'],
  diagnosis: ['diagnosisSequence'],
  procedure: ['procedureSequence'],
  supportingInfo: ['informationSequence', 'supportingInfoSequence'],
};

interface Renumbering {
  numberedBy: string;
  /** what each number of an entry was, and what it has become if the entry is left; by those that count together */
  groups: ReadonlyMap<string, { had: ReadonlySet<number>; now: ReadonlyMap<number, number> }>;
}

const ALL = '';
/** A rank is one among the diagnoses of the same role (R4, Encounter.diagnosis.rank and EpisodeOfCare.diagnosis.rank). */
const groupOf = ({ use, role }: Json, numberedBy: string): string =>
  numberedBy === 'rank' ? JSON.stringify(use ?? role ?? null) : ALL;

/** The numbers of the entries that have one, by those that count together. */
function numbersOf(entries: readonly (Json | null)[], numberedBy: string): Map<string, Set<number>> {
  const numbers = new Map<string, Set<number>>();
  for (const entry of entries) {
    const number = entry?.[numberedBy];
    if (!entry || !Number.isInteger(number)) continue;
    const group = groupOf(entry, numberedBy);
    numbers.set(group, (numbers.get(group) ?? new Set()).add(number as number));
  }
  return numbers;
}

function numbersNow(had: ReadonlySet<number>, left: Iterable<number>): Map<number, number> {
  // Other numbers than 1 to n are the plan's own, and a gap in them says nothing. Several entries may have the same one.
  const isCounted = Math.max(...had) === had.size;
  const ordered = [...left].sort((one, other) => one - other);
  return new Map(ordered.map((number, at) => [number, isCounted ? at + 1 : number]));
}

/** @returns undefined where no entry is gone, or the entries have no numbers */
function renumberingOf(before: unknown, after: unknown): Renumbering | undefined {
  if (!Array.isArray(before)) return undefined;
  const [all, left] = [before as (Json | null)[], (after ?? []) as Json[]];
  if (left.length === all.length) return undefined;
  const numberedBy = NUMBERS.find((name) => all.some((entry) => Number.isInteger(entry?.[name])));
  if (numberedBy === undefined) return undefined;
  const kept = numbersOf(left, numberedBy);
  const groups = [...numbersOf(all, numberedBy)].map(
    ([group, had]) => [group, { had, now: numbersNow(had, kept.get(group) ?? []) }] as const,
  );
  return { numberedBy, groups: new Map(groups) };
}

function entryNow(entry: Json, { numberedBy, groups }: Renumbering): Json {
  const number = groups.get(groupOf(entry, numberedBy))?.now.get(entry[numberedBy] as number);
  return number === undefined ? entry : { ...entry, [numberedBy]: number };
}

/** A number that no entry ever had stays: it is a mistake of the plan's, and says nothing. */
function lineNow(line: Json, name: string, { groups }: Renumbering): Json {
  const [named, numbers] = [line[name], groups.get(ALL)];
  if (!Array.isArray(named) || !numbers) return line;
  const { had, now } = numbers;
  const left = (named as number[]).filter((number) => now.has(number) || !had.has(number));
  const result: Record<string, unknown> = {
    ...line,
    [name]: left.map((number) => now.get(number) ?? number),
  };
  if (left.length === 0) delete result[name];
  return result;
}

/**
 * @param before with all entries
 * @param after without some of them
 * @returns `after` with the numbers that it would have if the others had never been there
 */
export function renumbered(before: Json, after: Json): Json {
  const result: Record<string, unknown> = { ...after };
  for (const name in before) {
    const change = renumberingOf(before[name], after[name]);
    if (!change) continue;
    if (name in result) result[name] = (result[name] as Json[]).map((entry) => entryNow(entry, change));
    for (const link of NAMED_BY[name] ?? [])
      if (Array.isArray(result['item']))
        result['item'] = (result['item'] as Json[]).map((line) => lineNow(line, link, change));
  }
  return result;
}
