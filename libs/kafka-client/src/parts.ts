/**
 * The most bytes of a message, and of what a sender sends after brokers refused more. Brokers take 1,048,588 unless somebody
 * set `message.max.bytes`, after compression. What does not compress becomes a little longer by it.
 */
export const MAX_MESSAGE_BYTES = 900_000;

/** @returns the items in their order, in parts of at most so many bytes; an item that is larger has a part of its own */
export function partsWithin<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  maxBytes = MAX_MESSAGE_BYTES,
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
