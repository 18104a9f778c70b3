/** What the viewer says, in the languages of members' pages. */

export const VIEWER_LANGUAGES = ['en', 'es'] as const;
export type ViewerLanguage = (typeof VIEWER_LANGUAGES)[number];

const en = {
  name: 'English',
  title: 'Insurance card',
  languages: 'Language',
  lead: 'Somebody has shown you a code. It opens an insurance card.',
  recipient: 'Your name, or the name of your office',
  recipientWhy: 'The member sees this name in the list of those who opened the card.',
  passcode: 'Passcode',
  passcodeWhy: 'The member has chosen it and tells it to you.',
  show: 'Show the card',
  wait: 'One moment …',
  problems: {
    'no name': 'Say who you are first.',
    'not now': 'The card cannot be shown now. Try again in a minute.',
    'wrong passcode': (remaining: number) =>
      remaining === 1
        ? 'The passcode is wrong. You can try one more time.'
        : `The passcode is wrong. You can try ${remaining} more times.`,
  },
  ends: {
    none: 'Scan the code of an insurance card with the camera of your phone, and the card is shown here.',
    unknown: 'This code opens no card here. Scan it once more, or ask the member for a new one.',
    ended: 'This code does not open the card any more: ask the member for a new one.',
  },
  checked: (moment: string) => `The health plan had this card in force when it was opened here: ${moment}.`,
  gone: 'This page keeps nothing. To see the card again, scan the code once more. That counts as another use.',
  print: 'Print',
};

const es: typeof en = {
  name: 'Español',
  title: 'Tarjeta del seguro',
  languages: 'Idioma',
  lead: 'Alguien le ha mostrado un código. Abre una tarjeta del seguro.',
  recipient: 'Su nombre o el de su consultorio',
  recipientWhy: 'El miembro ve este nombre en la lista de quienes abrieron la tarjeta.',
  passcode: 'Clave',
  passcodeWhy: 'El miembro la eligió y se la dice a usted.',
  show: 'Mostrar la tarjeta',
  wait: 'Un momento …',
  problems: {
    'no name': 'Primero diga quién es usted.',
    'not now': 'La tarjeta no se puede mostrar ahora. Inténtelo de nuevo en un minuto.',
    'wrong passcode': (remaining) =>
      remaining === 1
        ? 'La clave es incorrecta. Puede intentarlo una vez más.'
        : `La clave es incorrecta. Puede intentarlo ${remaining} veces más.`,
  },
  ends: {
    none: 'Escanee el código de una tarjeta del seguro con la cámara de su teléfono y la tarjeta se muestra aquí.',
    unknown: 'Este código no abre ninguna tarjeta aquí. Escanéelo otra vez o pida uno nuevo al miembro.',
    ended: 'Este código ya no abre la tarjeta: pida uno nuevo al miembro.',
  },
  checked: (moment) => `Para el plan de salud, esta tarjeta estaba vigente cuando se abrió aquí: ${moment}.`,
  gone: 'Esta página no guarda nada. Para ver la tarjeta otra vez, escanee el código de nuevo. Eso cuenta como otro uso.',
  print: 'Imprimir',
};

export const VIEWER_WORDS: Readonly<Record<ViewerLanguage, typeof en>> = { en, es };
