/** The texts about the insurance card, in US English. */
import { cardLinksEn } from './card-links.en.ts';

export const cardEn = {
  ...cardLinksEn,
  card: {
    title: 'Your insurance card',
    titleOf: (name: string) => `The insurance card of ${name}`,
    why: 'Show it when you get care or pick up medicine. It is made from what your plan has on file now.',
    people: 'Whose card',
    none: 'There is no coverage in force that a card can be made of. If you think that this is wrong, call your plan.',
    nobody: 'This login does not see anybody’s data.',
    unavailable: 'Your plan’s data cannot be read now. Please try again in a minute.',
    file: 'Save as PDF',
    print: 'To print the card, print this page: only the card comes out.',
  },
};
