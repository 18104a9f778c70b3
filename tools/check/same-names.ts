/** The exported names that may be defined in several files, each with the reason. exported-names.ts checks it. */
export const SAME_NAMES: Readonly<Record<string, string>> = {
  World: 'what the tests of one project share; a test imports the one of its own project and no other',
  startWorld: 'starts the World of its own project',
  asMember: 'asks the service of its own World in the name of a member',
};
