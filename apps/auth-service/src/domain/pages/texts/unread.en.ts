/** The texts about kinds of data that an app may see and does not ask for, in US English. */
export const unreadEn = {
  unread: {
    why: (app: string, days: string) =>
      `In the last ${days} days “${app}” has asked for none of this, from no member of your plan:`,
    idle: (app: string, days: string) =>
      `“${app}” has not used its access for ${days} days. If you do not need the app, revoke its access.`,
    all: 'It may see nothing else. If you do not need the app, revoke its access.',
    takeBack: 'Take this back',
    rest: 'The app can still see the rest.',
    asksAgain:
      'Nothing was taken back yet. You may have logged in again since that page was opened. Please press the button once more.',
    done: (app: string) => `“${app}” can see less now than before.`,
  },
};
