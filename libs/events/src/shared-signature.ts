/**
 * One signature for all batches of a delivery, because making and checking one costs more than a hundred events. What is
 * signed is the root of a tree of hashes, whose leaves are what each batch says (as in RFC 9162 section 2.1.1). A batch keeps
 * the signature and its way to the root, so that it is verified by itself.
 */
import { hash } from 'node:crypto';
import { type EventKeys, type EventSigner, isSignedBy, speaksNow } from './event-keys.ts';

const ROOT = 'urn:payer-patient-access:delivery:2';
/** What a batch says begins with another word, so that no leaf can be taken for an inner node. */
const NODE = 'urn:payer-patient-access:node:2';
/** From a batch to the root: the neighbour of each level, and whether it stands left or right. */
const STEP = /^[lr][\w-]{43}$/;
/** Of a delivery with 65,536 batches. */
const MAX_STEPS = 16;
/** Signatures that were found good, about 2 MB. */
const MAX_REMEMBERED = 10_000;

const digest = (text: string): string => hash('sha256', text, 'base64url');
const nodeOf = (left: string, right: string): string => digest(`${NODE} ${left} ${right}`);

interface Node {
  digest: string;
  /** places of the leaves below it */
  leaves: readonly number[];
}

/** @returns the root, and for each leaf its way to it */
function treeOf(leaves: readonly string[]): { root: string; ways: string[] } {
  const ways = leaves.map(() => '');
  let level: Node[] = leaves.map((leaf, at) => ({ digest: leaf, leaves: [at] }));
  while (level.length > 1) {
    const above: Node[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at] as Node, level[at + 1]];
      for (const leaf of right ? left.leaves : []) ways[leaf] += `.r${right?.digest}`;
      for (const leaf of right?.leaves ?? []) ways[leaf] += `.l${left.digest}`;
      // The last one of an odd number has no neighbour, and moves up as it is.
      above.push(
        right
          ? { digest: nodeOf(left.digest, right.digest), leaves: [...left.leaves, ...right.leaves] }
          : left,
      );
    }
    level = above;
  }
  return { root: level[0]?.digest ?? '', ways };
}

/**
 * @param statements what each batch says
 * @returns for each the signature of all, and behind it the way to what is signed
 */
export function signTogether(signer: EventSigner, statements: readonly string[]): string[] {
  const { root, ways } = treeOf(statements.map(digest));
  const signature = signer.sign(`${ROOT} ${root}`);
  return ways.map((way) => `${signature}${way}`);
}

/** By thumbprint of the key, signature and root: the other batches of a delivery come at once or a little later. */
const remembered = new Set<string>();

function remember(signed: string): void {
  remembered.add(signed);
  if (remembered.size <= MAX_REMEMBERED) return;
  const [oldest = ''] = remembered;
  remembered.delete(oldest);
}

/**
 * @param signed a statement, and what {@link signTogether} made for it
 * @param at when it was taken in, in milliseconds since the epoch
 * @returns whether the service signed it, with a key that still spoke then
 */
export function isSignedTogether(
  keys: EventKeys,
  service: string,
  { kid, signature, statement }: { kid: string; signature: string; statement: string },
  at: number,
): boolean {
  const [own = '', ...way] = signature.split('.');
  if (way.length > MAX_STEPS || !way.every((step) => STEP.test(step))) return false;
  const root = way.reduce((below, step) => {
    const neighbour = step.slice(1);
    return step.startsWith('l') ? nodeOf(neighbour, below) : nodeOf(below, neighbour);
  }, digest(statement));
  const signed = `${kid} ${own} ${root}`;
  if (remembered.has(signed)) return speaksNow(keys, service, kid, at) !== undefined;
  if (!isSignedBy(keys, service, { kid, signature: own, statement: `${ROOT} ${root}` }, at)) return false;
  remember(signed);
  return true;
}
