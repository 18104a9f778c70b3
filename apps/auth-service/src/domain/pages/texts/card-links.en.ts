/** The texts about links to an insurance card, in US English. */
export const cardLinksEn = {
  cardLinks: {
    /** for whoever gets the link; up to 80 characters */
    label: 'Insurance card',
    share: 'Share this card with a QR code',
    why: 'Whoever has the code can see this card and nothing else of your data. You can end it at any time.',
    days: 'How long it works',
    dayCount: (count: number) => (count === 1 ? '1 day' : `${count} days`),
    uses: 'How often it can be opened',
    useCount: (count: number) => (count === 1 ? 'Once' : `${count} times`),
    passcode: 'Passcode, if you want one',
    passcodeWhy: 'At least 4 characters. Tell it to the other person yourself. It is not in the code.',
    make: 'Make the code',
    problems: {
      passcode: 'No code was made: a passcode has 4 to 64 characters.',
      many: 'No code was made: you have too many that still work. End some of them first.',
      over: 'The code that you made does not work any more. Make a new one if you need one.',
      form: 'No code was made. Please try again.',
    },
    newTitle: 'Your code is ready',
    newWhy:
      'It is shown this once and kept by nobody. Save a picture of it or print it before you leave this page.',
    qr: 'QR code that opens the card',
    link: 'The same as a link:',
    opensInBrowser: 'The camera of any phone opens it in the browser.',
    opensInApp: 'An app that reads SMART Health Links opens it.',
    until: (day: string) => `It works until ${day}.`,
    howOften: (count: number) =>
      count === 1 ? 'It can be opened once.' : `It can be opened ${count} times.`,
    withPasscode: 'It asks for the passcode that you chose.',
    back: 'Back to the card',
    title: 'Codes that you have made',
    listWhy: 'Each time a code is opened, or somebody tries to, it is in “Who saw my data”.',
    made: (day: string) => `Made on ${day}`,
    works: (day: string) => `Works until ${day}`,
    over: 'Does not work any more',
    opened: (count: number, most: number) => `Opened ${count} of ${most} times`,
    lastOpened: (day: string) => `, last on ${day}`,
    wrong: (count: number) => `Wrong passcodes: ${count}`,
    end: 'End this code',
    ended: 'The code does not work any more.',
  },
};
