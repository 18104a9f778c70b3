/**
 * The most bytes of a message, and of what a sender sends after brokers refused more. Brokers take 1,048,588 unless somebody
 * set `message.max.bytes`, after compression. What does not compress becomes a little longer by it.
 */
export const MAX_MESSAGE_BYTES = 900_000;
