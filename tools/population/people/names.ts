/** Name lists of our own; any likeness to living people is chance. */
export const GIVEN_NAMES = {
  female: (
    'Abigail Beatrix Camila Dolores Elena Farah Greta Hanna Imani Jolene Keiko Leila Marisol Nadia Odette ' +
    'Priya Quinn Rosalind Simone Thandi Ursula Vera Wendy Ximena Yasmin Zora Aisha Bridget Celeste Dina'
  ).split(' '),
  male: (
    'Amos Bruno Cyrus Dmitri Emeka Felix Gideon Hugo Ivan Jamal Kofi Lars Mateo Nikolai Omar Pablo Quentin ' +
    'Rafael Stellan Tomas Umar Victor Wesley Xavier Yusuf Zane Anton Blake Caleb Dario'
  ).split(' '),
} as const;

export const FAMILY_NAMES = (
  'Abara Bellamy Carvalho Delacroix Eriksen Fontaine Garza Hollis Ibarra Jansen Kaplan Lindgren Marchetti ' +
  'Novak Oyelaran Petrov Quigley Rasmussen Santoro Thackeray Underhill Vasquez Wexler Yamada Zielinski ' +
  'Ashby Birch Cho Drummond Espinoza Farrow Goldberg Haddad Ingram Joshi Kettering Lowell Mbeki Nguyen'
).split(' ');

export const STREETS =
  'Alder Birchwood Cascade Dogwood Elmhurst Foxglove Granite Harbor Ironwood Juniper Kestrel Larkspur'.split(
    ' ',
  );
