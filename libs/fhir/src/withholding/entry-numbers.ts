/**
 * The numbers of the entries of a list, and the lines that name entries by them: in a claim `item.careTeamSequence` names
 * an entry of `careTeam`. An entry that is left out leaves neither a gap in the numbers nor a line that names it, nor a sum of
 * entries that counts it.
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

/** By the list, the element beside it that says how many entries it has (Group). */
const COUNTED_BY: Readonly<Record<string, string>> = { member: 'quantity' };

/** With which entries one counts. */
type GroupOf = (entry: Json) => string;

interface Renumbering {
  numberedBy: string;
  groupOf: GroupOf;
  /** what each number of an entry was, and what it has become if the entry is left; by those that count together */
  groups: ReadonlyMap<string, { had: ReadonlySet<number>; now: ReadonlyMap<number, number> }>;
}

const ALL = '';
const together: GroupOf = () => ALL;
/** A rank is one among the diagnoses of the same role (R4, Encounter.diagnosis.rank and EpisodeOfCare.diagnosis.rank). */
const byRole: GroupOf = ({ use, role }) => JSON.stringify(use ?? role ?? null);

/** The numbers of the entries that have one, by those that count together. */
function numbersOf(
  entries: readonly (Json | null)[],
  numberedBy: string,
  groupOf: GroupOf,
): Map<string, Set<number>> {
  const numbers = new Map<string, Set<number>>();
  for (const entry of entries) {
    const number = entry?.[numberedBy];
    if (!entry || !Number.isInteger(number)) continue;
    const group = groupOf(entry);
    numbers.set(group, (numbers.get(group) ?? new Set()).add(number as number));
  }
  return numbers;
}

/** Are they 1 to n? Several entries may have the same one. */
const isCounted = (numbers: ReadonlySet<number>) => Math.max(...numbers) === numbers.size;

/** Some systems count ranks through all roles. Then those of one role are not 1 to n, and those of all of them are. */
function groupingOf(entries: readonly (Json | null)[], numberedBy: string): GroupOf {
  if (numberedBy !== 'rank') return together;
  const isThrough = [...numbersOf(entries, numberedBy, together).values()].every(isCounted);
  const isOfRoles = [...numbersOf(entries, numberedBy, byRole).values()].every(isCounted);
  return isThrough && !isOfRoles ? together : byRole;
}

function numbersNow(had: ReadonlySet<number>, left: Iterable<number>): Map<number, number> {
  const ordered = [...left].sort((one, other) => one - other);
  // Other numbers than 1 to n are the plan's own, and a gap in them says nothing.
  return new Map(ordered.map((number, at) => [number, isCounted(had) ? at + 1 : number]));
}

/** @returns undefined where no entry is gone, or the entries have no numbers */
function renumberingOf(before: unknown, after: unknown): Renumbering | undefined {
  if (!Array.isArray(before)) return undefined;
  const [all, left] = [before as (Json | null)[], (after ?? []) as Json[]];
  if (left.length === all.length) return undefined;
  const numberedBy = NUMBERS.find((name) => all.some((entry) => Number.isInteger(entry?.[name])));
  if (numberedBy === undefined) return undefined;
  const groupOf = groupingOf(all, numberedBy);
  const kept = numbersOf(left, numberedBy, groupOf);
  const groups = [...numbersOf(all, numberedBy, groupOf)].map(
    ([group, had]) => [group, { had, now: numbersNow(had, kept.get(group) ?? []) }] as const,
  );
  return { numberedBy, groupOf, groups: new Map(groups) };
}

function entryNow(entry: Json, { numberedBy, groupOf, groups }: Renumbering): Json {
  const number = groups.get(groupOf(entry))?.now.get(entry[numberedBy] as number);
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

/** Another sum than that of the entries is the plan's own, and says nothing. */
function countNow(had: readonly unknown[], left: unknown, sum: unknown): unknown {
  return sum === had.length ? ((left as readonly unknown[] | undefined)?.length ?? 0) : sum;
}

/**
 * @param before with all entries
 * @param after without some of them
 * @returns `after` with the numbers that it would have if the others had never been there
 */
export function renumbered(before: Json, after: Json): Json {
  const result: Record<string, unknown> = { ...after };
  for (const name in before) {
    const [entries, counted] = [before[name], COUNTED_BY[name]];
    if (counted !== undefined && counted in result && Array.isArray(entries))
      result[counted] = countNow(entries, after[name], result[counted]);
    const change = renumberingOf(before[name], after[name]);
    if (!change) continue;
    if (name in result) result[name] = (result[name] as Json[]).map((entry) => entryNow(entry, change));
    for (const link of NAMED_BY[name] ?? [])
      if (Array.isArray(result['item']))
        result['item'] = (result['item'] as Json[]).map((line) => lineNow(line, link, change));
  }
  return result;
}
