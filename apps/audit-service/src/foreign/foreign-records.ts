/** Which foreign records of a lane the operators know of. A chain goes on behind these. */
import type { Acknowledgement, KnownRecord } from './acknowledgement.ts';

/** A foreign record that the operators have signed for, as a verification says it. */
export interface AcknowledgedRecord extends KnownRecord {
  /** when they signed */
  signed: string;
  reason: string;
  by: string;
}

/** A foreign record that comes by: its place, and what it says. */
export interface PassingRecord extends KnownRecord {
  /** which signed it */
  service: string;
  kind: string;
  /** what was done, as the trail is searched for it */
  act: string;
}

/** Of one lane, as its records come by. */
export class ForeignRecords {
  private readonly known: ReadonlyMap<number, AcknowledgedRecord>;
  /** of the known ones, those that have come by */
  readonly passed: AcknowledgedRecord[] = [];

  /** @param acknowledgements of its tenant */
  constructor(lane: number, acknowledgements: readonly Acknowledgement[]) {
    this.known = new Map(
      acknowledgements.flatMap(({ acknowledged, signed, reason, by }) =>
        acknowledged
          .filter((record) => record.lane === lane)
          .map((record) => [record.seq, { ...record, signed, reason, by }] as const),
      ),
    );
  }

  /** @returns whether the chain may go on behind this foreign record */
  pass({ seq, hash }: PassingRecord): boolean {
    const known = this.known.get(seq);
    if (!known || known.hash !== hash) return false;
    this.passed.push(known);
    return true;
  }
}

/** What `npm run audit:verify` prints of them. */
export const acknowledgedLines = (tenant: string, records: readonly AcknowledgedRecord[]): string[] =>
  records.map(
    ({ lane, seq, id, signed, by, reason }) =>
      `FOREIGN   ${tenant}: record ${seq} of lane ${lane}, AuditEvent/${id}; acknowledged at ${signed} by ${by}: ${reason}`,
  );
