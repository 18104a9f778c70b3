/**
 * Inputs on their way. Of many at once it finds those of which nothing is new, before anything about them is checked
 * (docs/adr/0119-check-again-only-what-or-whose-rules-changed.md), and lines of which nothing is new before they are read
 * (docs/adr/0137-know-a-line-without-reading-it.md).
 */
import { hash } from 'node:crypto';
import { definitions, type Owner, type Resource, type Target } from '@patient-access/fhir';
import { type Ingest, isSentAs, isStored, type StoredBefore } from '@patient-access/fhir-store/ingest';
import { changedAt, type Glance, glanceAt, isRight } from '../read/glance.ts';
import { conditionalIn } from './conditional-references.ts';
import { looksSound } from './fault.ts';
import type { FileLine, Input } from './input.ts';
import type { OwnerQueue } from './owner-queue.ts';

/** A resource of which nothing is new. */
export interface KnownInput {
  before: StoredBefore;
  /** when the plan's system changed it, as it says now */
  changed: string | undefined;
  /** the Bundle that had it as an entry */
  entry?: { bundle: string; resource: Resource };
}

/** An input, or what is known in its place. A line that is known can be read all the same. */
export type TakenIn<Origin> =
  Input<Origin> | { origin: Origin; known: KnownInput; read?: () => Iterable<Input<Origin>> };

const MAX_INPUTS = 500;
const MAX_BYTES = 8 * 1024 * 1024;

const keyOf = ({ type, id }: Target) => `${type}/${id}`;

/** The resource that an input is about, if it says so. */
function targetOf(taken: TakenIn<unknown>): Target | undefined {
  if ('known' in taken) return taken.known.before;
  if ('deleted' in taken) return taken.deleted;
  if (!('resource' in taken) || !looksSound(taken.resource)) return undefined;
  const { resourceType: type, id } = taken.resource;
  return { type, id };
}

/** How many of these speak of each resource, by `Type/id`. */
function timesOf(all: readonly TakenIn<unknown>[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const each of all) {
    const target = targetOf(each);
    if (target) times.set(keyOf(target), (times.get(keyOf(target)) ?? 0) + 1);
  }
  return times;
}

/** A line that was not read yet. */
interface Unread<Origin> {
  line: FileLine<Origin>;
  /** what it seems to say */
  glance: Glance | undefined;
  /** SHA-256 */
  hash: Buffer;
}

const unread = <Origin>(line: FileLine<Origin>): Unread<Origin> => ({
  line,
  glance: glanceAt(line.bytes),
  hash: hash('sha256', line.bytes, 'buffer'),
});

/**
 * Reads a line. If it holds one resource and nothing else, and the glance at it was right, the resource can be known by the line
 * when it comes again. A line with a Bundle may hold more than the entry at which the glance was.
 */
function read<Origin>({ line, glance, hash: ofLine }: Unread<Origin>): Input<Origin>[] {
  const inputs = [...line.read()];
  const [only, ...others] = inputs;
  if (!only || others.length > 0 || !('resource' in only) || only.bundle !== undefined) return inputs;
  const canBeKnown = glance && looksSound(only.resource) && isRight(glance, only.resource);
  return canBeKnown ? [{ ...only, line: ofLine }] : inputs;
}

/** What is stored, by `Type/id`. */
type Stored = ReadonlyMap<string, StoredBefore>;

/** @returns what is known of the line, or else what is read of it */
function atSight<Origin>(each: Unread<Origin>, stored: Stored): TakenIn<Origin>[] {
  const { line, glance, hash: ofLine } = each;
  const before = glance && stored.get(keyOf(glance));
  if (!before || !isSentAs(ofLine, before)) return read(each);
  const known = { before, changed: glance.changed };
  return [{ origin: line.origin, known, read: () => read(each) }];
}

/** What is nested some thousand times cannot be written for its hash. It is rejected later, as what is nested too deep. */
function isAsStored(resource: Resource, before: StoredBefore): boolean {
  try {
    return isStored(resource, before);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** @returns what is known of a resource that was read, or else the input */
function knownOr<Origin>(input: Input<Origin>, stored: Stored): TakenIn<Origin> {
  const target = targetOf(input);
  const before = target && stored.get(keyOf(target));
  if (!before || !('resource' in input) || !isAsStored(input.resource as Resource, before)) return input;
  const resource = input.resource as Resource;
  // What it names may be stored by now.
  if (conditionalIn(resource).size > 0) return input;
  const entry = input.bundle === undefined ? {} : { entry: { bundle: input.bundle, resource } };
  return { origin: input.origin, known: { before, changed: changedAt(resource), ...entry } };
}

/** Inputs that were read together, and the question that was asked about their lines. */
interface Asked<Origin> {
  inputs: readonly (Input<Origin> | Unread<Origin>)[];
  glances: readonly Glance[];
  /** what is stored of what the glances saw */
  ofLines: Promise<Stored>;
}

/**
 * The databases answer about inputs while the next ones are read. So inputs are taken one group late, and what the group
 * before says of a resource may have been stored after the question.
 */
export class Intake<Origin> {
  private inputs: (Input<Origin> | Unread<Origin>)[] = [];
  private bytes = 0;
  private asked: Asked<Origin> | undefined;
  /** resources that the group taken last speaks of, and does not leave as they are, as `Type/id` */
  private changing: ReadonlySet<string> = new Set();
  private readonly ingests: ReadonlyMap<Owner, Ingest>;
  private readonly queues: ReadonlyMap<Owner, Pick<OwnerQueue<unknown>, 'has'>>;
  private readonly mayWait: (key: string) => boolean;

  /**
   * @param queues what waits for being stored
   * @param mayWait may something else that was said of a resource wait for its turn?
   */
  constructor(
    ingests: ReadonlyMap<Owner, Ingest>,
    queues: ReadonlyMap<Owner, Pick<OwnerQueue<unknown>, 'has'>>,
    mayWait: (key: string) => boolean,
  ) {
    this.ingests = ingests;
    this.queues = queues;
    this.mayWait = mayWait;
  }

  /** @returns whether there are enough to go on with */
  add(input: Input<Origin> | FileLine<Origin>): boolean {
    this.inputs.push('bytes' in input ? unread(input) : input);
    if ('bytes' in input) this.bytes += input.bytes.length;
    else if ('resource' in input) this.bytes += input.size ?? 0;
    return this.inputs.length >= MAX_INPUTS || this.bytes >= MAX_BYTES;
  }

  /**
   * Asks about what was added since the last call.
   *
   * @returns what was added before the last call, in the same order: all is taken when a second call adds nothing
   */
  async take(): Promise<TakenIn<Origin>[]> {
    const before = this.asked;
    this.asked = this.ask();
    const taken = before ? await this.sort(before) : [];
    this.changing = new Set(
      taken.flatMap((each) => {
        const target = 'known' in each ? undefined : targetOf(each);
        return target ? [keyOf(target)] : [];
      }),
    );
    return taken;
  }

  private ask(): Asked<Origin> {
    const inputs = this.inputs;
    this.inputs = [];
    this.bytes = 0;
    const glances = inputs.flatMap((input) => ('glance' in input && input.glance ? [input.glance] : []));
    const ofLines = this.storedBefore(glances);
    // The next call gets the error. This handler prevents an unhandled rejection until then.
    ofLines.catch(() => undefined);
    return { inputs, glances, ofLines };
  }

  /** A resource is known only if no other input speaks of it, here or on its way: then what is stored was sent last. */
  private async sort({ inputs, glances, ofLines }: Asked<Origin>): Promise<TakenIn<Origin>[]> {
    const before = new Map([...(await ofLines)].filter(([key]) => !this.changing.has(key)));
    const seen = inputs.flatMap((input) => ('glance' in input ? atSight(input, before) : [input]));
    const times = timesOf(seen);
    const isAlone = (target: Target | undefined) => target !== undefined && times.get(keyOf(target)) === 1;
    const taken = seen.flatMap((each) =>
      'known' in each && !isAlone(each.known.before) ? [...(each.read?.() ?? [])] : [each],
    );
    const asked = new Set(glances.map(keyOf));
    const others = taken.filter((each) => !('known' in each) && isAlone(targetOf(each)));
    const further = others.map((each) => targetOf(each) as Target).filter((each) => !asked.has(keyOf(each)));
    const stored = new Map([...before, ...(await this.storedBefore(further))]);
    return taken.map((each) =>
      !('known' in each) && 'resource' in each && isAlone(targetOf(each)) ? knownOr(each, stored) : each,
    );
  }

  /** Asks each owner for what is stored of its resources that are not on their way to the database. */
  private async storedBefore(targets: readonly Target[]): Promise<Stored> {
    const byOwner = Map.groupBy(targets, ({ type }) => definitions.get(type)?.owner);
    const asked = [...byOwner].map(async ([owner, own]) => {
      const [queue, ingest] = owner ? [this.queues.get(owner), this.ingests.get(owner)] : [];
      const isOnItsWay = (key: string) => queue?.has(key) === true || this.mayWait(key);
      const still = queue ? own.filter((target) => !isOnItsWay(keyOf(target))) : [];
      return (await ingest?.storedBefore(still)) ?? new Map<string, StoredBefore>();
    });
    return new Map((await Promise.all(asked)).flatMap((found) => [...found]));
  }
}
