/** The verifier: a lane's records in order, and what was signed of them. No I/O here; the same online and offline. */
import {
  beyondService,
  type EventKeys,
  isSignedTogether,
  laneOf,
  parseRecord,
  recordHash,
  statementOf,
} from '@patient-access/events';
import { genesis, link } from '../chain.ts';
import { type Columns, columnsOf, keptMoment } from '../columns.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { Acknowledgement } from '../foreign/acknowledgement.ts';
import { type AcknowledgedRecord, ForeignRecords } from '../foreign/foreign-records.ts';
import type { RestoreRecord } from '../restores/restore-record.ts';
import { type SignedHead, LaneRestores, type RestoredLane } from '../restores/restored-lane.ts';

/** A row of trail.batch: what a producer signed. */
export interface StoredBatch {
  fromSeq: number;
  toSeq: number;
  producer: string;
  kid: string;
  signature: string;
  sequences: readonly number[];
  /** of those, the ones that were stored with another batch, or are no events */
  elsewhere: readonly number[];
  /** SHA-256 of each record, hex */
  hashes: readonly string[];
  /** first and last of `sequences`, by which a number is found; undefined in an export of before */
  first?: number;
  last?: number;
  /** ISO 8601: with which month it goes; undefined in an export of before */
  stored?: string;
}

/** A row of trail.audit_event. */
export interface StoredRecord {
  seq: number;
  /** among those of its producer */
  number: number;
  producer: string;
  /** ISO 8601, milliseconds, UTC */
  stored: string;
  hash: Buffer;
  /** as it was signed */
  text: string;
  columns: Columns;
  /** with which it came; undefined where the database has none */
  batch: StoredBatch | undefined;
}

/**
 * What is wrong with a chain, at its first bad record.
 *
 * `missing`: no record has this number. `surplus`: a second one has it, or it is
 * in no chain: below 1, behind the end, or in no lane. `altered`: the record, or what stood before it, is
 * not what was appended, or not what its producer signed. `columns`: what is searched for beside the record is not what
 * the record says. `foreign`: the service of its producer does not record such a thing. `unsigned`: no signature of its
 * producer covers it. `removed`: a record that was signed before this
 * one, or with it, is gone. `rewritten`: records agree with one another and with their producers, and not with a checkpoint; one of `from`
 * to `seq` was the first. `cut`: the chain ends before this number, which was signed or appended.
 */
export interface Problem {
  tenant: string;
  lane: number;
  seq: number;
  kind:
    'missing' | 'surplus' | 'altered' | 'columns' | 'foreign' | 'unsigned' | 'removed' | 'rewritten' | 'cut';
  from?: number;
  id?: string;
}

/** By whose signatures a lane is judged, beside checkpoints. */
export interface VerifiedBy {
  /** keys of the producers; undefined: what they signed is not looked at */
  events?: EventKeys | undefined;
  /** statements of the operators, the oldest first */
  restores?: readonly RestoreRecord[] | undefined;
  /** of the operators, that they know of foreign records */
  acknowledgements?: readonly Acknowledgement[] | undefined;
}

export interface Position {
  seq: number;
  hash: Buffer;
  /** ISO 8601: no later record gets an earlier time; undefined where nothing says it */
  stored?: string;
}

/** Longer than it takes to store a batch that has been opened. */
const STORING_MS = 60_000;

function sameValue(stored: Columns[keyof Columns], said: Columns[keyof Columns]): boolean {
  if (!Array.isArray(stored) || !Array.isArray(said)) return stored === said;
  return stored.length === said.length && stored.every((value, at) => value === said[at]);
}

const sameColumns = (stored: Columns, said: Columns) =>
  (Object.keys(said) as (keyof Columns)[]).every((name) =>
    name === 'recorded'
      ? new Date(stored.recorded).getTime() === keptMoment(said.recorded)
      : sameValue(stored[name], said[name]),
  );

/** What was signed of a batch, looked at once; and which of its records have come by. */
class SeenBatch {
  readonly batch: StoredBatch;
  readonly isSigned: boolean;
  private readonly hashOf: ReadonlyMap<number, string>;
  /** numbers of records that have not come by, ascending, as they were stored */
  private readonly left: number[];

  constructor(batch: StoredBatch, stored: string, lane: { tenant: string; lane: number }, keys: EventKeys) {
    this.batch = batch;
    const { producer, kid, signature, sequences, elsewhere, hashes } = batch;
    const numbered = sequences.map((sequence, at) => ({ sequence, hash: hashes[at] ?? '' }));
    const [service = ''] = producer.split('/');
    const statement = statementOf({ producer, ...lane }, numbered);
    // The key's time is compared before the batch is stored.
    const at = Date.parse(stored) - STORING_MS;
    this.isSigned = isSignedTogether(keys, service, { kid, signature, statement }, at);
    this.hashOf = new Map(numbered.map(({ sequence, hash }) => [sequence, hash]));
    this.left = sequences.filter((sequence) => !elsewhere.includes(sequence));
  }

  /**
   * @param digest SHA-256 of the record, hex
   * @returns what is wrong: this has to be the next record of the batch, as it was signed under its number
   */
  next({ producer, number, seq, stored }: StoredRecord, digest: string): Problem['kind'] | undefined {
    if (!this.isSigned) return 'unsigned';
    if (producer !== this.batch.producer || this.hashOf.get(number) !== digest) return 'altered';
    if (this.left.shift() !== number) return 'removed';
    return this.agrees(seq, stored) ? undefined : 'columns';
  }

  /** Nobody signed what stands beside the numbers and hashes, and by this batches are found, counted and dropped. */
  private agrees(seq: number, stored: string): boolean {
    const { fromSeq, toSeq, sequences, elsewhere, first, last, stored: at } = this.batch;
    return (
      (!this.isComplete || seq === toSeq) &&
      seq - fromSeq === sequences.length - elsewhere.length - this.left.length - 1 &&
      elsewhere.every((number) => this.hashOf.has(number)) &&
      (first === undefined || first === sequences[0]) &&
      (last === undefined || last === sequences.at(-1)) &&
      (at === undefined || at === stored)
    );
  }

  get isComplete(): boolean {
    return this.left.length === 0;
  }
}

/** Verifies one chain, record by record, from the first record that is still kept. */
export class ChainVerifier {
  readonly tenant: string;
  readonly lane: number;
  /** verified so far */
  records = 0;
  private at: Position;
  /** signed, ascending */
  private readonly checkpoints: readonly SignedHead[];
  private readonly restores: LaneRestores;
  private readonly foreign: ForeignRecords;
  /** how many of them lie behind */
  private passed = 0;
  /** number of the last record that matched a checkpoint */
  private agreed = 0;
  private readonly keys: EventKeys | undefined;
  private seen: SeenBatch | undefined;

  /**
   * @param checkpoints of this tenant, signatures verified, in any order
   * @param by whose signatures count: the producers', if `events` is given, and the operators' statements about restores
   * @param foreign which foreign records are known: those that the operators have signed for
   */
  constructor(
    tenant: string,
    lane: number,
    checkpoints: readonly Checkpoint[],
    by: VerifiedBy = {},
    foreign = new ForeignRecords(
      lane,
      (by.acknowledgements ?? []).filter((each) => each.tenant === tenant),
    ),
  ) {
    this.tenant = tenant;
    this.lane = lane;
    this.keys = by.events;
    this.foreign = foreign;
    this.restores = new LaneRestores(
      lane,
      (by.restores ?? []).filter((restore) => restore.tenant === tenant),
    );
    this.at = { seq: 0, hash: genesis(tenant, lane) };
    const heads = checkpoints.flatMap(({ kind, heads: all, signed }) =>
      all.filter((head) => head.lane === lane).map(({ seq, hash }) => ({ kind, seq, hash, signed })),
    );
    this.checkpoints = this.restores.standing(heads).sort((a, b) => a.seq - b.seq);
  }

  /** what restores have cost this lane, and what of it came again */
  get restored(): readonly RestoredLane[] {
    return this.restores.verdicts;
  }

  /** foreign records that have come by and that the operators have signed for */
  get acknowledged(): readonly AcknowledgedRecord[] {
    return this.foreign.passed;
  }

  get position(): Position {
    return this.at;
  }

  /** A chain whose beginning was dropped may only begin after a signed root. */
  private beginAfter(seq: number | undefined): void {
    const root = this.checkpoints.findLast(
      (checkpoint) => checkpoint.kind === 'root' && (seq === undefined || checkpoint.seq === seq),
    );
    if (!root) return;
    this.at = { seq: root.seq, hash: Buffer.from(root.hash, 'hex') };
    this.agreed = root.seq;
    this.passed = this.checkpoints.filter((checkpoint) => checkpoint.seq <= root.seq).length;
  }

  private problem(seq: number, kind: Problem['kind'], more: Partial<Problem> = {}): Problem {
    return { tenant: this.tenant, lane: this.lane, seq, kind, ...more };
  }

  /** @returns the problem at or before this record; undefined when there is none */
  next(record: StoredRecord): Problem | undefined {
    const { seq, hash, text, stored, columns } = record;
    const { id } = columns;
    if (this.records === 0 && seq > 1) this.beginAfter(seq - 1);
    const expected = this.at.seq + 1;
    if (seq > expected) return this.problem(expected, 'missing');
    if (seq < expected) return this.problem(seq, 'surplus', { id });
    const digest = recordHash(text);
    if (!link(this.at.hash, { seq, stored, id, digest }).equals(hash))
      return this.problem(seq, 'altered', { id });
    const kind = this.unlikeSigned(record, digest) ?? this.unlikeSaid(record);
    const isKnown = kind === 'foreign' && this.passesForeign(record);
    if (kind && !isKnown) return this.problem(seq, kind, { id });
    this.at = { seq, hash, stored };
    this.records += 1;
    this.restores.pass(seq, columns.recorded);
    return this.compare();
  }

  private passesForeign({ seq, hash, producer, columns: { id, kind, act } }: StoredRecord): boolean {
    const [service = ''] = producer.split('/');
    return this.foreign.pass({ lane: this.lane, seq, hash: hash.toString('hex'), id, service, kind, act });
  }

  /** Somebody who may compute all hashes of the chain again cannot make another's signature. */
  private unlikeSigned(record: StoredRecord, digest: string): Problem['kind'] | undefined {
    if (!this.keys) return undefined;
    const { batch } = record;
    if (!batch) return 'unsigned';
    if (this.seen?.batch.fromSeq !== batch.fromSeq) {
      if (this.seen?.isComplete === false) return 'removed';
      this.seen = new SeenBatch(batch, record.stored, this, this.keys);
    }
    return this.seen.next(record, digest);
  }

  /** What stands beside the record, and who signed it, are held against what it says. */
  private unlikeSaid({ text, producer, number, columns }: StoredRecord): Problem['kind'] | undefined {
    const parsed = parseRecord(text);
    if (!('event' in parsed)) return 'columns';
    const { event } = parsed;
    const isHere = event.tenant === this.tenant && laneOf(event) === this.lane;
    if (!isHere || !sameColumns(columns, columnsOf({ event, producer, number }))) return 'columns';
    const [service = ''] = producer.split('/');
    return beyondService(service, event) === undefined ? undefined : 'foreign';
  }

  private compare(): Problem | undefined {
    for (; this.checkpoints[this.passed]?.seq === this.at.seq; this.passed += 1) {
      if (this.checkpoints[this.passed]?.hash !== this.at.hash.toString('hex')) {
        // One of these is not what was signed.
        this.records -= this.at.seq - this.agreed;
        return this.problem(this.at.seq, 'rewritten', { from: this.agreed + 1 });
      }
      this.agreed = this.at.seq;
    }
    return undefined;
  }

  /**
   * Ends the verification after the last record.
   *
   * @param head the head of the chain according to the database; undefined when it is unknown
   * @returns the problem at the end of the chain; undefined when there is none
   */
  end(head?: Position): Problem | undefined {
    if (this.records === 0) this.beginAfter(undefined);
    const { seq, hash } = this.at;
    const further = Math.max(head?.seq ?? 0, this.checkpoints.at(-1)?.seq ?? 0);
    if (further > seq) return this.problem(seq + 1, 'cut');
    if (this.seen?.isComplete === false) return this.problem(seq + 1, 'removed');
    if (head && head.seq === seq && !head.hash.equals(hash)) return this.problem(seq, 'altered');
    const { stored = head?.stored } = this.at;
    if (head?.stored !== undefined && head.seq === seq && head.stored !== stored)
      return this.problem(seq, 'altered');
    return undefined;
  }
}
