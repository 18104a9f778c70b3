const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Postgres refuses a statement with any other text where a UUID belongs. */
export const isUuid = (text: string): boolean => UUID.test(text);
