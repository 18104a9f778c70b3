/** The texts about the insurance card, in US Spanish. */
import { cardLinksEs } from './card-links.es.ts';
import type { cardEn } from './card.en.ts';

export const cardEs: typeof cardEn = {
  ...cardLinksEs,
  card: {
    title: 'Su tarjeta del seguro',
    titleOf: (name) => `La tarjeta del seguro de ${name}`,
    why: 'Muéstrela cuando reciba atención o recoja medicamentos. Se hace con lo que su plan tiene registrado ahora.',
    people: 'De quién es la tarjeta',
    none: 'No hay ninguna cobertura vigente con la que se pueda hacer una tarjeta. Si cree que no es correcto, llame a su plan.',
    nobody: 'Esta cuenta no da acceso a los datos de nadie.',
    unavailable: 'Ahora no se pueden leer los datos de su plan. Inténtelo de nuevo en un minuto.',
    file: 'Guardar como PDF',
    print: 'Para imprimir la tarjeta, imprima esta página: solo sale la tarjeta.',
  },
};
