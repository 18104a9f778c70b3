/** Verifies a tenant's records against their hashes and checkpoints. It does no I/O, so it works online and offline. */
import type { Resource } from '@patient-access/fhir';
import { genesis, link } from '../chain.ts';
import { type Columns, columnsOf } from '../columns.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';

/** A row of trail.audit_event. */
export interface StoredRecord {
  seq: number;
  id: string;
  /** ISO 8601, milliseconds, UTC */
  stored: string;
  member: string;
  hash: Buffer;
  body: string;
  columns: Columns;
}

/**
 * What is wrong with a chain, at its first bad record.
 *
 * - `missing`: no record has this number.
 * - `surplus`: a second record has this number.
 * - `altered`: this record, or the one before it, is not the one that was appended.
 * - `columns`: the columns for searching do not match the body.
 * - `rewritten`: the records match one another but not a checkpoint. The first changed record is one of `from` to
 *   `seq`.
 * - `cut`: the chain ends before this number, which was signed or appended.
 */
export interface Problem {
  tenant: string;
  seq: number;
  kind: 'missing' | 'surplus' | 'altered' | 'columns' | 'rewritten' | 'cut';
  from?: number;
  id?: string;
}

export interface Position {
  seq: number;
  hash: Buffer;
}

const sameColumns = (stored: Columns, said: Columns) =>
  (Object.keys(said) as (keyof Columns)[]).every((name) =>
    name === 'recorded'
      ? new Date(stored.recorded).getTime() === new Date(said.recorded).getTime()
      : JSON.stringify(stored[name]) === JSON.stringify(said[name]),
  );

const memberOf = ({ entity }: Columns) =>
  entity.find((reference) => reference.startsWith('Patient/'))?.slice('Patient/'.length) ?? '~';

function parsed(body: string): Resource | undefined {
  try {
    return JSON.parse(body) as Resource;
  } catch {
    return undefined;
  }
}

function saysTheSame({ id, stored, member, body, columns }: StoredRecord): boolean {
  const resource = parsed(body);
  if (!resource) return false;
  const said = columnsOf(resource);
  return (
    resource.id === id &&
    resource.meta?.lastUpdated === stored &&
    memberOf(said) === member &&
    sameColumns(columns, said)
  );
}

/** Verifies one chain, record by record, from the first record that is still kept. */
export class ChainVerifier {
  readonly tenant: string;
  /** number of records verified so far */
  records = 0;
  private at: Position;
  /** in ascending order of their numbers */
  private readonly checkpoints: readonly Checkpoint[];
  /** number of checkpoints before or at the current record */
  private passed = 0;
  /** number of the last record that matched a checkpoint */
  private agreed = 0;

  /** @param checkpoints of this tenant, with verified signatures, in any order */
  constructor(tenant: string, checkpoints: readonly Checkpoint[]) {
    this.tenant = tenant;
    this.at = { seq: 0, hash: genesis(tenant) };
    this.checkpoints = [...checkpoints].sort((a, b) => a.seq - b.seq);
  }

  get position(): Position {
    return this.at;
  }

  /** A chain whose beginning was dropped may only begin after a signed root. */
  private beginAfter(seq: number | undefined): void {
    const isRoot = (checkpoint: Checkpoint) =>
      checkpoint.kind === 'root' && (seq === undefined || checkpoint.seq === seq);
    const root = this.checkpoints.findLast(isRoot);
    if (!root) return;
    this.at = { seq: root.seq, hash: Buffer.from(root.hash, 'hex') };
    this.agreed = root.seq;
    this.passed = this.checkpoints.filter((checkpoint) => checkpoint.seq <= root.seq).length;
  }

  private problem(seq: number, kind: Problem['kind'], more: Partial<Problem> = {}): Problem {
    return { tenant: this.tenant, seq, kind, ...more };
  }

  /** @returns the problem at or before this record; undefined when there is none */
  next(record: StoredRecord): Problem | undefined {
    const { seq, id, hash, body } = record;
    if (this.records === 0 && seq > 1) this.beginAfter(seq - 1);
    const expected = this.at.seq + 1;
    if (seq > expected) return this.problem(expected, 'missing');
    if (seq < expected) return this.problem(seq, 'surplus', { id });
    if (!link(this.at.hash, seq, id, body).equals(hash)) return this.problem(seq, 'altered', { id });
    if (!saysTheSame(record)) return this.problem(seq, 'columns', { id });
    this.at = { seq, hash };
    this.records += 1;
    return this.compare();
  }

  private compare(): Problem | undefined {
    for (; this.checkpoints[this.passed]?.seq === this.at.seq; this.passed += 1) {
      if (this.checkpoints[this.passed]?.hash !== this.at.hash.toString('hex'))
        return this.problem(this.at.seq, 'rewritten', { from: this.agreed + 1 });
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
    if (head && head.seq === seq && !head.hash.equals(hash)) return this.problem(seq, 'altered');
    return undefined;
  }
}
