/**
 * What a guide says that a server SHOULD do and this server does not, and that concerns no single served type. What
 * concerns a type is in its definition.
 */
export const serverLeftOut: Readonly<Record<string, string>> = {
  'format xml': 'every guide requires JSON, and a second format is a second way for an answer to differ',
  'type ValueSet': 'terminology is not data of members, and resources contain the codes that they use',
};
