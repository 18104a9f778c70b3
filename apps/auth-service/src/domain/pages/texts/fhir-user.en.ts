/** What the consent page says of `fhirUser`, in US English. */
export const fhirUserEn = {
  self: 'The app may read the entry about you: your name, date of birth, address and phone. If your plan has them, it may also read your sex and gender, race and ethnicity, language and marital status.',
  related:
    'The app may read the entry about you in this member’s record: your name, address and phone. If your plan has them there, it may also read your sex, date of birth and language. It does not see your own record.',
  none: 'The app also asked for the entry about you. This record has none, so the app does not get it.',
};
