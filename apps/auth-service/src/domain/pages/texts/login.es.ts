/** The texts of the login, in US Spanish. */
import type { loginEn } from './login.en.ts';

export const loginEs: typeof loginEn = {
  login: {
    title: 'Iniciar sesión',
    why: (app) =>
      `“${app}” pide datos de su plan de salud. Inicie sesión para decidir qué puede ver la aplicación.`,
    whyOwnPages:
      'Inicie sesión para ver y cambiar qué aplicaciones pueden ver los datos de su plan de salud.',
    login: 'Nombre de usuario o correo electrónico',
    password: 'Contraseña',
    submit: 'Iniciar sesión',
    cancel: 'Cancelar y volver',
    wrong: 'El nombre de usuario y la contraseña no coinciden. Revise los dos e intente otra vez.',
    safe: 'La aplicación nunca ve su contraseña.',
    tooMany: (minutes) =>
      `Demasiados intentos. Intente otra vez en ${minutes === 1 ? '1 minuto' : `${minutes} minutos`}.`,
    noPasswords: 'Su plan no usa contraseñas aquí. Inicie sesión con el botón de abajo.',
    atPlan: (name) => `Iniciar sesión con ${name}`,
    atPlanWhy: 'Irá al sitio de su plan para iniciar sesión y luego volverá aquí.',
    or: 'o',
  },
  code: {
    title: 'Escriba su código',
    why: 'Abra su aplicación de autenticación y escriba el código de 6 dígitos que muestra para este plan.',
    code: 'Código',
    lost: 'Si no puede usar su aplicación, escriba uno de sus códigos de recuperación. Cada uno sirve una sola vez.',
    submit: 'Continuar',
    wrong: 'Ese código no es correcto o ya se usó. Espere el próximo código e intente otra vez.',
  },
  enrol: {
    title: 'Agregue un segundo paso',
    demanded: 'Su plan pide un código de su teléfono además de su contraseña. Toma dos minutos.',
    scan: '1. Escanee esto con una aplicación de autenticación',
    qr: 'Código QR para su aplicación de autenticación',
    manual: 'O escriba esta clave en la aplicación:',
    save: '2. Anote sus códigos de recuperación',
    saveWhy:
      'Si pierde su teléfono, con uno de estos códigos puede iniciar sesión. Cada uno sirve una sola vez. Solo se muestran ahora: guárdelos en papel, en un lugar seguro.',
    confirm: '3. Escriba el código de 6 dígitos que su aplicación muestra ahora',
    submit: 'Activar',
    wrong:
      'Ese código no es correcto. Revise que su teléfono tenga la hora correcta y escriba el código que muestra ahora.',
  },
  security: {
    title: 'Seguridad de su cuenta',
    signedInAs: 'Sesión iniciada como',
    off: 'Solo su contraseña protege su cuenta. Agregue un código de su teléfono, para que no baste con robar la contraseña.',
    on: (date) =>
      `Su contraseña y un código de su aplicación de autenticación protegen su cuenta desde el ${date}.`,
    left: (count) => `Códigos de recuperación que le quedan: ${count}`,
    turnOff: 'Desactivar',
    turnOffTitle: 'Desactivar, o cambiar de teléfono',
    turnOffWhy:
      'Escriba un código de su aplicación o un código de recuperación. Para cambiar de teléfono, desactive esto y actívelo otra vez.',
    turnedOn: 'Listo. Desde ahora se le pedirá un código al iniciar sesión.',
    turnedOff: 'Listo. Ya no se le pedirá un código.',
    notOffered: 'Su plan no ofrece un segundo paso para su cuenta.',
    atPlan: 'Usted inicia sesión en el sitio de su plan. Su contraseña y sus códigos se guardan allí.',
  },
  federation: {
    cancelled: 'No inició sesión. Puede intentar otra vez o volver a la aplicación.',
    unavailable: 'No se puede abrir el sitio de su plan en este momento. Intente otra vez en unos minutos.',
    'not-believed': 'No se pudo completar el inicio de sesión. Intente otra vez desde aquí.',
    'not-fresh':
      'La aplicación le pide que inicie sesión de nuevo. Primero cierre la sesión en el sitio de su plan y luego intente otra vez.',
    'not-eligible':
      'Su plan no permite que esta cuenta comparta datos. Llame al número que está en su tarjeta de miembro.',
    'no-member-number':
      'Su plan no nos dio su número de miembro. Llame al número que está en su tarjeta de miembro.',
    'unknown-member': 'No encontramos sus datos. Llame al número que está en su tarjeta de miembro.',
    'several-members':
      'Encontramos más de una persona para su cuenta y no vamos a adivinar. Llame al número que está en su tarjeta de miembro.',
    'member-changed':
      'Su cuenta ahora corresponde a otro número de miembro. Llame al número que está en su tarjeta de miembro.',
    'already-linked':
      'Otra cuenta ya usa su número de miembro. Llame al número que está en su tarjeta de miembro.',
  },
};
