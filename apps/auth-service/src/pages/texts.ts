/** What members read. All of it stands here, so that it can be translated. */
const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });

const RELATIONSHIPS: Record<string, string> = {
  self: 'You',
  spouse: 'Your spouse',
  child: 'Your child',
  parent: 'Your parent',
};

export const TEXTS = {
  language: 'en',
  login: {
    title: 'Log in',
    why: (app: string) => `“${app}” asks for health plan data. Log in to decide what it may see.`,
    login: 'User name or email',
    password: 'Password',
    submit: 'Log in',
    cancel: 'Cancel and go back',
    wrong: 'That user name and password do not match. Please check both and try again.',
    safe: 'The app never sees your password.',
  },
  choose: {
    title: 'Whose data?',
    why: (app: string) => `You can share data of one person at a time with “${app}”.`,
    people: 'Share the data of',
    submit: 'Continue',
    missing: 'Please choose one person.',
  },
  consent: {
    title: (app: string) => `Share data with “${app}”?`,
    subject: 'Data of',
    unverified: 'Not verified by your plan',
    unverifiedWhy:
      'This app registered itself. Only go on if you know it, and started this from the app yourself.',
    returnTo: 'You will go back to',
    device: 'an app on this device',
    kinds: 'The app asks to see',
    untick: 'Untick what you do not want to share.',
    everything:
      'The app asks for everything your plan holds, including kinds of data that are added later. Untick one kind to share only the others.',
    onlyPart: (restriction: string) => `Only where ${restriction}`,
    readOnly: 'The app can look at this data and keep a copy. It cannot change anything.',
    identity: 'It also learns which member logged in.',
    howLong: 'For how long',
    once: '10 minutes, this time only. After that the app has to ask you again.',
    offline: (until: Date) => `Until ${date.format(until)} (90 days), also when you are not using the app.`,
    online:
      'As long as you stay logged in to your plan: until 30 minutes after you last logged in or shared data here, and never longer than 12 hours.',
    agree: 'Agree and share',
    deny: 'Do not allow',
    other: 'Choose another person',
    none: 'Keep at least one kind of data ticked, or choose “Do not allow”.',
    after:
      'Once shared, the app’s own privacy policy applies to the data, and health privacy law (HIPAA) may not protect it there.',
    signedInAs: 'Logged in as',
  },
  error: {
    title: 'This did not work',
    expired: 'This page is no longer valid. Please go back to the app and start again.',
    request: 'The app sent a request that cannot be answered. Nothing was shared.',
    failure: 'Something went wrong on our side. Nothing was shared. Please try again in a few minutes.',
    detail: 'For the app’s developer',
    requestId: 'Request number',
  },
};

/** @returns e.g. `Your child`; a relationship without words of its own is shown as it is */
export function relationshipText(relationship: string): string {
  return RELATIONSHIPS[relationship] ?? relationship;
}
