import type { answerEn } from './answer.en.ts';

export const answerEs: typeof answerEn = {
  answer: {
    title: (app) => `De vuelta a ${app}`,
    goesOn: (host) => `Su respuesta va en camino a ${host}.`,
    goesOnDevice: 'Su respuesta va en camino a la aplicación en este dispositivo.',
    link: 'Continuar a la aplicación',
    notInstalled:
      '¿No se abrió nada, o su navegador dijo que no puede mostrar la dirección? Entonces la aplicación no está instalada en este dispositivo, o no en este navegador. Instale o abra la aplicación y empiece allí de nuevo.',
    answeredTitle: 'Usted ya respondió',
    answered: (app) =>
      `Esta página ya se respondió, y se le avisó a ${app}. Puede cerrar esta página y volver a la aplicación.`,
    again: '¿La aplicación no recibió su respuesta? Entonces empiece de nuevo en la aplicación.',
    website: (host) => `Ir a la aplicación: ${host}`,
    connected: 'Ver qué aplicaciones están conectadas a sus datos',
  },
};
