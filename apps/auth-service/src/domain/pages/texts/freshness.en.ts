/** The texts about how fresh a member's data is. */

export const freshnessEn = {
  freshness: {
    title: 'How up to date your data is',
    why: 'Your plan sends your data here in files. Apps cannot see anything newer than the last file.',
    asOf: (day: string) => `As of ${day}`,
    late: 'A newer file is late.',
  },
};
