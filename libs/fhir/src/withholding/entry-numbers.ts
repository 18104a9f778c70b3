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
  had: ReadonlySet<number>;
  /** what each number of an entry that is left has become */
  now: ReadonlyMap<number, number>;
}

/** @returns undefined where no entry is gone, or the entries have no numbers */
function renumberingOf(before: unknown, after: unknown): Renumbering | undefined {
  if (!Array.isArray(before)) return undefined;
  const [all, left] = [before as (Json | null)[], (after ?? []) as Json[]];
  if (left.length === all.length) return undefined;
  const numberedBy = NUMBERS.find((name) => all.every((entry) => Number.isInteger(entry?.[name])));
  if (numberedBy === undefined) return undefined;
  const numbersOf = (entries: readonly (Json | null)[]) =>
    new Set(entries.map((entry) => entry?.[numberedBy] as number));
  const had = numbersOf(all);
  // Other numbers than 1 to n are the plan's own, and a gap in them says nothing.
  const isCounted = had.size === all.length && Math.max(...had) === all.length;
  const ordered = [...numbersOf(left)].sort((one, other) => one - other);
  return {
    numberedBy,
    had,
    now: new Map(ordered.map((number, at) => [number, isCounted ? at + 1 : number])),
  };
}

/** A number that no entry ever had stays: it is a mistake of the plan's, and says nothing. */
function lineNow(line: Json, name: string, { had, now }: Renumbering): Json {
  const named = line[name];
  if (!Array.isArray(named)) return line;
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
    const { numberedBy, now } = change;
    const renumber = (entry: Json) => ({ ...entry, [numberedBy]: now.get(entry[numberedBy] as number) });
    if (name in result) result[name] = (result[name] as Json[]).map(renumber);
    for (const link of NAMED_BY[name] ?? [])
      if (Array.isArray(result['item']))
        result['item'] = (result['item'] as Json[]).map((line) => lineNow(line, link, change));
  }
  return result;
}
