/**
 * Splits a list where it would be too much for one message or request.
 *
 * @returns the items in their order, in parts of at most so many bytes; an item that is larger has a part of its own
 */
export function partsWithin<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  maxBytes: number,
): Item[][] {
  const parts: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    const last = parts.at(-1);
    if (last && bytes <= room) last.push(item);
    else {
      parts.push([item]);
      room = maxBytes;
    }
    room -= bytes;
  }
  return parts;
}
