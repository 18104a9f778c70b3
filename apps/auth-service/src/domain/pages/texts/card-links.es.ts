/** The texts about links to an insurance card, in US Spanish. */
import type { cardLinksEn } from './card-links.en.ts';

export const cardLinksEs: typeof cardLinksEn = {
  cardLinks: {
    label: 'Tarjeta del seguro',
    share: 'Compartir esta tarjeta con un código QR',
    why: 'Quien tenga el código puede ver esta tarjeta, pero ningún otro dato de usted. Usted puede anularlo en cualquier momento.',
    days: 'Cuánto tiempo funciona',
    dayCount: (count) => (count === 1 ? '1 día' : `${count} días`),
    uses: 'Cuántas veces se puede abrir',
    useCount: (count) => (count === 1 ? 'Una vez' : `${count} veces`),
    passcode: 'Clave, si quiere una',
    passcodeWhy: 'Al menos 4 caracteres. Dígasela usted a la otra persona. No está en el código.',
    make: 'Crear el código',
    problems: {
      passcode: 'No se creó ningún código: una clave tiene de 4 a 64 caracteres.',
      many: 'No se creó ningún código: tiene demasiados que todavía funcionan. Anule algunos primero.',
      over: 'El código que usted creó ya no funciona. Cree uno nuevo si lo necesita.',
      form: 'No se creó ningún código. Inténtelo de nuevo.',
    },
    newTitle: 'Su código está listo',
    newWhy:
      'Se muestra solo esta vez y nadie lo guarda. Guarde una imagen o imprímalo antes de salir de esta página.',
    qr: 'Código QR que abre la tarjeta',
    link: 'Lo mismo como enlace:',
    opensInBrowser: 'La cámara de cualquier teléfono lo abre en el navegador.',
    opensInApp: 'Lo abre una aplicación que lee SMART Health Links.',
    until: (day) => `Funciona hasta el ${day}.`,
    howOften: (count) => (count === 1 ? 'Se puede abrir una vez.' : `Se puede abrir ${count} veces.`),
    withPasscode: 'Pide la clave que usted eligió.',
    back: 'Volver a la tarjeta',
    title: 'Códigos que usted ha creado',
    listWhy: 'Cada vez que alguien abre un código, o lo intenta, queda anotado en “Quién vio mis datos”.',
    made: (day) => `Creado el ${day}`,
    works: (day) => `Funciona hasta el ${day}`,
    over: 'Ya no funciona',
    opened: (count, most) => `Abierto ${count} de ${most} veces`,
    lastOpened: (day) => `, la última el ${day}`,
    wrong: (count) => `Claves incorrectas: ${count}`,
    end: 'Anular este código',
    ended: 'El código ya no funciona.',
  },
};
