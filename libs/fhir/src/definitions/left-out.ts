/**
 * What a guide says that a server SHOULD do, that is of no type that is served here, and that this one does not do. What is
 * of a type stands in its definition.
 */
export const serverLeftOut: Readonly<Record<string, string>> = {
  'format xml': 'every guide requires JSON, and a second format is a second way for an answer to differ',
  'type ValueSet': 'terminology is no data of members; which codes documents have is in the documents',
};
