/**
 * What is noted with a stored resource when it has been checked: by which rules, and as which line of a file it came
 * (docs/adr/0137-know-a-line-without-reading-it.md). Both are in one value, so that whatever clears the one clears the
 * other.
 */
import { createHash, hash } from 'node:crypto';

/** Of each of the two. No two rules, and no two lines, have the same 128 bits of a SHA-256. */
const PART_BYTES = 16;

/** What a line is bound to: it was checked as this content of this member. */
interface Stored {
  /** SHA-256 of the content */
  hash: Buffer;
  /** empty for the plan's reference data */
  member: string;
}

/** The part that tells the rules from others. @param checkedBy hash of the rules */
export const rulesPart = (checkedBy: Buffer): Buffer =>
  hash('sha256', checkedBy, 'buffer').subarray(0, PART_BYTES);

/** @param line SHA-256 of the line */
const linePart = (line: Buffer, stored: Stored): Buffer =>
  createHash('sha256')
    .update(stored.hash)
    .update(line)
    .update(stored.member)
    .digest()
    .subarray(0, PART_BYTES);

/**
 * @param rules as {@link rulesPart} returns it
 * @param line SHA-256 of the line; undefined: it came otherwise, or more than the line decides what becomes of it
 */
export const checkMark = (rules: Buffer, line: Buffer | undefined, stored: Stored): Buffer =>
  line ? Buffer.concat([rules, linePart(line, stored)]) : rules;

/** Was it checked by these rules? */
export const isByRules = (mark: Buffer | null | undefined, rules: Buffer): boolean =>
  mark?.subarray(0, PART_BYTES).equals(rules) ?? false;

/** Was what is stored sent as this line? The mark may be of a release that noted no lines: then it is of none. */
export const isOfLine = (mark: Buffer, line: Buffer, stored: Stored): boolean =>
  mark.length === 2 * PART_BYTES && mark.subarray(PART_BYTES).equals(linePart(line, stored));
