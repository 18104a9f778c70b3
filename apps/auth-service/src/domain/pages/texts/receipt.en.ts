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
    download: 'Download the signed receipt',
    why: 'Keep the file as proof of what you agreed to. It is signed by your plan, and anyone can check the signature with the keys at',
    others: 'Other times you agreed for this app',
    from: (date: string) => `Receipt of ${date}`,
  },
};
