/** The exported names that are defined in several files, and why that is right. The check reads it: exported-names.ts. */
export const SAME_NAMES: Readonly<Record<string, string>> = {
  World: 'what the tests of one project share; a test imports the one of its own project and no other',
  startWorld: 'starts the World of its own project',
  asMember: 'asks the service of its own World in the name of a member',
};
