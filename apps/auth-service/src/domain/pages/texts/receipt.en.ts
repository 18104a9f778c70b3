/** The texts of the receipt for a consent, in US English. */
export const receiptEn = {
  receipt: {
    link: 'Receipt',
    title: (app: string) => `What you agreed to for “${app}”`,
    given: 'Agreed on',
    allowed: 'May see',
    now: 'Now',
    inForce: 'In force',
    number: 'Number',
    fingerprint: 'Fingerprint of the page you agreed to (SHA-256)',
    app: 'App',
    person: 'Whose data',
    download: 'Save the receipt',
    why: 'Keep the file as proof of what you agreed to. You can read and print it. Your plan has signed it, and anyone to whom you show it can check it at',
    signed: 'Only the signed code, for programs',
    documentTitle: (app: string) => `Receipt: what was agreed to for “${app}”`,
    stateOn: (date: string) => `On ${date}`,
    ended: (date: string) => `Ended on ${date}`,
    check: 'Check this receipt',
    checkWhy: (plan: string) =>
      `Files can be changed. What ${plan} shows on its own page counts. Open this address of ${plan}, and paste the signed code below into it:`,
    checkNow: 'Check it now',
    code: 'Signed code',
    others: 'Other times you agreed for this app',
    from: (date: string) => `Receipt of ${date}`,
  },
  receiptCheck: {
    title: 'Check a receipt',
    why: (plan: string) =>
      `Somebody showed you a receipt for sharing data of ${plan} with an app? Here you see whether it is genuine, and whether the permission is still in force.`,
    field: 'Signed code of the receipt',
    hint: 'The whole code. It begins with “eyJ”.',
    submit: 'Check',
    genuine: (plan: string, date: string) => `This receipt is genuine. ${plan} issued it on ${date}.`,
    compare: 'Compare the lines below with what you were shown. Only these lines count.',
    now: 'Now',
    noRecord: 'Not known: the plan has no record of this permission any more. Please ask the plan.',
    problems: {
      incomplete: () =>
        'This is not a whole receipt: a part of the code is missing. Copy all of it and try again.',
      foreign: (plan: string) =>
        `This receipt was not issued by ${plan}. Check it at the plan that it names.`,
      changed: (plan: string) =>
        `This is not a genuine receipt. ${plan} did not sign it, or it was changed later.`,
      unconfirmed: (plan: string) =>
        `Nobody can say whether this receipt is genuine. Others may have known the key that signed it, and the records of ${plan} do not say the same. Ask the person for a new one.`,
    },
  },
};
