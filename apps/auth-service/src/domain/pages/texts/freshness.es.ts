/** The texts about how fresh a member's data is, in US Spanish. */
import type { freshnessEn } from './freshness.en.ts';

export const freshnessEs: typeof freshnessEn = {
  freshness: {
    title: 'Qué tan actuales son sus datos',
    why: 'Su plan envía los datos de usted aquí en archivos. Las aplicaciones no pueden ver nada más reciente que el último archivo.',
    asOf: (day) => `Al ${day}`,
    late: 'Un archivo más reciente está retrasado.',
  },
};
