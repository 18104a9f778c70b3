/**
 * Paths into a resource. They are the part of FHIRPath that search parameters need.
 *
 *     name.family                       descends, through arrays
 *     name|alias                        either of them
 *     effective[x]                      any type of a choice element
 *     extension[url=http://…].valueCode only where the child `url` has that value
 */
import { choiceIn } from './choice.ts';

type Json = unknown;

interface Step {
  name: string;
  where?: { key: string; value: string };
  isChoice: boolean;
}

const parsed = new Map<string, Step[][]>();

function parseStep(text: string): Step {
  const match = /^(\w+)(?:\[(?:(x)|(\w+)=([^\]]+))\])?$/.exec(text);
  if (!match?.[1]) throw new Error(`not a path: ${text}`);
  const where = match[3] && match[4] ? { key: match[3], value: match[4] } : undefined;
  const [, name, x] = match;
  return { name, isChoice: x !== undefined, ...(where && { where }) };
}

/** Dots and bars outside brackets, because the URL of an extension contains such characters. */
const DOT = /\.(?![^[]*\])/;
const BAR = /\|(?![^[]*\])/;

function parsePath(path: string): Step[][] {
  return path.split(BAR).map((alternative) => alternative.split(DOT).map(parseStep));
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const meets = ({ where }: Step, value: Json): boolean =>
  !where || (isObject(value) && value[where.key] === where.value);

/** Adds what is at the steps from `at` on. Lists count as their items. */
function collect(node: Json, steps: readonly Step[], at: number, found: Json[]): void {
  const step = steps[at];
  if (!step) {
    found.push(node);
    return;
  }
  if (!isObject(node)) return;
  const key = step.isChoice ? choiceIn(node, step.name) : step.name;
  if (key === undefined || !Object.hasOwn(node, key)) return;
  const value = node[key];
  if (!Array.isArray(value)) {
    if (meets(step, value)) collect(value, steps, at + 1, found);
    return;
  }
  for (const item of value as Json[]) if (meets(step, item)) collect(item, steps, at + 1, found);
}

/**
 * @returns every value at `path`, with arrays flattened; nothing for an absent element
 * @throws Error when `path` is not a valid path
 */
export function valuesAt(resource: Json, path: string): Json[] {
  let alternatives = parsed.get(path);
  if (!alternatives) parsed.set(path, (alternatives = parsePath(path)));
  const found: Json[] = [];
  for (const steps of alternatives) collect(resource, steps, 0, found);
  return found;
}
