/** What the maker of an app answered to the plan, in US Spanish: the words around the answers. */
import type { statementsEn } from './statements.en.ts';

export const statementsEs: typeof statementsEn = {
  title: 'Lo que dice quien hizo la aplicación',
  why: 'Estas son las respuestas de quien hizo la aplicación. Su plan las leyó, pero no responde por ellas.',
  questions: {
    purpose: 'Qué hace con sus datos',
    sharing: 'Quién más recibe sus datos',
    selling: 'Si se venden sus datos',
    kept: 'Dónde se guardan sus datos',
    deletion: 'Cómo se borran sus datos',
    security: 'Para avisar de un problema de seguridad',
  },
  choices: {
    sharing: {
      nobody: 'Nadie',
      'if-agreed': 'Solo quienes usted acepte, cada vez',
      partners: 'También otras empresas, como dice su política de privacidad',
    },
    selling: {
      never: 'Nunca se venden',
      'without-names': 'Se venden solo sin nombres',
      sold: 'Es posible que se vendan',
    },
    deletion: {
      'in-the-app': 'Usted puede borrarlos en la aplicación',
      'on-request': 'Los borran cuando usted lo pide',
      not: 'Los conservan',
    },
  },
};
