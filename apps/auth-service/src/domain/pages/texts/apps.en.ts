/** The page of connected apps, in US English. */
export const appsEn = {
  title: 'Connected apps',
  why: 'These apps can see health plan data because you agreed to it. You can stop each of them at any time.',
  none: 'No app is connected with this login right now. “Who saw my data” lists everybody who has asked for your data.',
  own: {
    heading: (name: string) => `Your data (${name})`,
    short: 'Your data',
    revoked: (app: string) => `“${app}” can no longer see your data.`,
  },
  others: {
    heading: (name: string, relationship: string) => `Data of ${name} (${relationship})`,
    short: (name: string) => `Data of ${name}`,
    revoked: (app: string, name: string) => `“${app}” can no longer see the data of ${name}.`,
  },
  former: {
    heading: 'Data that this login no longer sees',
    short: 'Data that this login no longer sees',
    revoked: (app: string) => `“${app}” can no longer see the data of this person.`,
  },
  nobody: {
    heading: 'No health data: only who you are',
    short: 'Only who you are',
    revoked: (app: string) => `“${app}” can no longer learn who you are.`,
  },
  saysMadeBy: 'Says it is made by',
  wentBackTo: 'You went back to',
  sees: 'May see',
  everything: 'Everything your plan holds, also kinds of data that are added later',
  /** @param kind its label, of what "everything" does not cover */
  butNot: (kind: string) => `But not: ${kind}`,
  noneSensitive: 'But no extra private records',
  /** @param released the categories, of an app that sees "everything" */
  onlySensitive: (released: string) => `Of the extra private records only: ${released}`,
  /** of an app that asked for no kind of data, and not who the person is */
  noData: 'No health data',
  identityParts: {
    account: 'A code that stands for you',
    member: 'Which member logged in',
    name: 'Your name',
  },
  /** which entry about whoever reads this */
  fhirUserParts: {
    self: 'The entry about you: name, date of birth, address, phone, sex and gender, race and ethnicity, language, marital status',
    related:
      'The entry about you in this member’s record: name, address, phone, sex, date of birth, language',
  },
  since: 'Since',
  until: 'Until',
  loginOver: 'It has no access any more: it had it for one login only',
  lastUse: 'Last used',
  unused: 'Not used yet',
  revoke: 'Revoke access',
  seenUntil: {
    coverage: (whose: string, date: string) =>
      `${whose}: because coverage by this plan ends or has ended, you and your apps can see it until ${date}.`,
    death: (whose: string, date: string) =>
      `${whose}: because this person has died, you and your apps can see it until ${date}.`,
  },
  /** of the app whose access has just ended: what else it was allowed */
  stillSees: (whose: string) => `But it can still see: ${whose}.`,
  sure: (app: string) => `Stop “${app}”?`,
  consequence:
    'The app loses its access at once. To use it again you have to connect it again and agree again.',
  copies: 'The app may keep copies of data that it already has. Ask the app if you want it to delete them.',
  asksAgain:
    'Nothing has ended yet. You may have logged in again since that page was opened. Please press the button once more.',
  keep: 'Keep it connected',
  past: 'Apps that no longer have access',
  pastWhy: 'From the last 13 months.',
  byOthers: 'Apps that another person had connected to your data',
  byOthersWhy: 'This person could see your data and had agreed for you. These apps no longer have access.',
  ended: (date: string) => `Ended ${date}:`,
  reasonsForOwner: {
    relation: 'your plan says that this person no longer acts for you',
    'of-age': 'you have come of age and now decide alone',
  },
  reasons: {
    member: 'you revoked it',
    app: 'the app gave it up',
    plan: 'your plan ended its access',
    password: 'your password was changed',
    reuse: 'stopped for safety, because a key of the app was used twice',
    relation: 'your plan says that this login may no longer see this data',
    'of-age': 'this person has come of age and now decides alone',
    coverage: 'the time after the end of the coverage is over',
    death: 'this person has died',
    'not-before': 'your plan stopped all apps for safety; you can connect it again',
    restore: 'your plan’s system was restored from a copy; you can connect it again',
    narrowed: 'you took a part of it back; the rest goes on',
    corrected: 'your plan corrected whose records these are; you can connect it again',
    expiry: 'the time you agreed to was over',
  },
};
