/** What members read when they have answered an app's request. */
export const answerEn = {
  answer: {
    title: (app: string) => `Going back to ${app}`,
    goesOn: (host: string) => `Your answer is on its way to ${host}.`,
    goesOnDevice: 'Your answer is on its way to the app on this device.',
    link: 'Continue to the app',
    notInstalled:
      'Did nothing open, or did your browser say that it cannot show the address? Then the app is not installed on this device, or not in this browser. Install or open the app, and start again there.',
    answeredTitle: 'You have already answered',
    answered: (app: string) =>
      `This page was answered, and ${app} was told. You can close this page and go back to the app.`,
    again: 'Did the app not get your answer? Then start again in the app.',
    website: (host: string) => `Go to the app: ${host}`,
    connected: 'See which apps are connected to your data',
  },
};
