/**
 * How many chains a tenant's trail has. All services have to agree on it, and it never changes: a record in another lane
 * would not be found by who verifies (docs/audit-design.md).
 */
export const LANES = 16;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** @returns the lane of a member's records, 0 to 15: FNV-1a of the text's UTF-16 units, 32 bits, modulo {@link LANES} */
export function laneOf({ tenant, member = '' }: { tenant: string; member?: string | undefined }): number {
  const text = `${tenant}/${member}`;
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return (hash >>> 0) % LANES;
}
