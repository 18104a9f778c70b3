/** The texts of the login, in US Spanish. */
import { joiningEs } from './joining.es.ts';
import { memberHelpEs } from './member-help.es.ts';
import type { loginEn } from './login.en.ts';

export const loginEs: typeof loginEn = {
  ...memberHelpEs,
  ...joiningEs,
  login: {
    title: 'Iniciar sesión',
    why: (app) =>
      `“${app}” pide datos de su plan de salud. Inicie sesión para decidir qué puede ver la aplicación.`,
    whyUnverified: (app, plan) =>
      `Una aplicación que dice llamarse “${app}” pide datos de su plan de salud. ${plan} no la ha verificado. Inicie sesión para decidir qué puede ver.`,
    otherPerson:
      'Aquí sigue abierta la sesión de otra persona. El sitio de su plan abrió la aplicación para alguien cuyos datos esa cuenta no puede ver: inicie sesión con una que sí pueda.',
    whyOwnPages:
      'Inicie sesión para ver y cambiar qué aplicaciones pueden ver los datos de su plan de salud.',
    whyConsole: 'Inicie sesión para abrir la consola de auditoría.',
    login: 'Nombre de usuario',
    password: 'Contraseña',
    submit: 'Iniciar sesión',
    cancel: 'Cancelar y volver',
    wrong:
      'El nombre de usuario y la contraseña no coinciden. Revise los dos e intente otra vez. Un correo electrónico sirve aquí solo si es su nombre de usuario.',
    safe: 'La aplicación nunca ve su contraseña.',
    tooMany: (minutes) =>
      `Demasiados intentos. Intente otra vez en ${minutes === 1 ? '1 minuto' : `${minutes} minutos`}.`,
    noPasswords: 'Su plan no usa contraseñas aquí. Inicie sesión con el botón de abajo.',
    atPlan: (name) => `Iniciar sesión con ${name}`,
    atPlanWhy: 'Irá al sitio de su plan para iniciar sesión y luego volverá aquí.',
    requestNumber: (id: string) => `Si llama a su plan, dé este número de solicitud: ${id}`,
    or: 'o',
    late: 'Tardó demasiado, así que tiene que empezar otra vez.',
    lateLaunch: 'Tardó demasiado. Vuelva al sitio de su plan y abra la aplicación otra vez desde allí.',
    again: 'Volver a iniciar sesión',
    emergency: 'Cuenta de emergencia',
    emergencyWhy:
      'Para el día en que el sitio de inicio de sesión del plan no responda. Cada uso activa una alarma.',
    help: 'Ayuda para iniciar sesión',
  },
  proof: {
    title: 'Un paso más',
    why: 'Desde la red que usted usa, o en su plan, llegaron muchas contraseñas incorrectas. Por eso pedimos una prueba más. Si su nombre de usuario y su contraseña eran correctos, escriba un código: el de su aplicación de autenticación o el del correo electrónico que acabamos de enviarle.',
    none: '¿No tiene un código? Revise su nombre de usuario y su contraseña, y vuelva a iniciar sesión. Si no tiene una aplicación de autenticación y nosotros no tenemos su correo electrónico, espere medio minuto antes de volver a iniciar sesión.',
    again: 'Volver a iniciar sesión',
    wrong: 'No funcionó. Revise el código o vuelva a iniciar sesión.',
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
    open: '¿En este dispositivo? Ábralo en su aplicación de autenticación',
    manual: 'O escriba esta clave en la aplicación:',
    save: '2. Anote sus códigos de recuperación',
    saveWhy:
      'Si pierde su teléfono, con uno de estos códigos puede iniciar sesión. Cada uno sirve una sola vez. Solo se muestran ahora: guárdelos en papel, en un lugar seguro.',
    confirm: '3. Escriba el código de 6 dígitos que su aplicación muestra ahora',
    submit: 'Activar',
    wrong:
      'Ese código no es correcto. Revise que su teléfono tenga la hora correcta y escriba el código que muestra ahora.',
    late: 'Esto tardó demasiado. Empiece otra vez y guarde los códigos de recuperación que la página muestre entonces.',
  },
  security: {
    title: 'Seguridad de su cuenta',
    signedInAs: 'Sesión iniciada como',
    atPlan: 'Usted inicia sesión en el sitio de su plan. Su contraseña y sus códigos se guardan allí.',
    back: 'Volver a la seguridad de su cuenta',
    call: 'Si no fue usted, llame al número que está en su tarjeta de miembro.',
    otherSessionsEnd:
      'Al hacerlo se cierran todas sus otras sesiones. Una aplicación que usted conectó allí “Mientras su sesión esté abierta” pierde el acceso en diez minutos como máximo. Las demás siguen conectadas.',
  },
  password: {
    title: 'Contraseña',
    why: 'Si es posible que otra persona conozca su contraseña, cámbiela.',
    change: 'Cambiar la contraseña',
    current: 'Contraseña actual',
    next: 'Contraseña nueva',
    again: 'Repita la contraseña nueva',
    hint: (characters) =>
      `Use ${characters} caracteres o más. Unas pocas palabras que no van juntas son fáciles de recordar y difíciles de adivinar. Puede usar espacios y cualquier carácter.`,
    wrong: 'La contraseña actual no es correcta. Intente otra vez.',
    justChanged:
      'Su contraseña cambió hace un momento. Si fue usted, ya está hecho: desde ahora use la contraseña nueva.',
    different: 'Las dos contraseñas nuevas no son iguales. Escriba la nueva dos veces.',
    same: 'Esa es su contraseña actual. Elija otra.',
    problems: {
      short: (characters) =>
        `La contraseña nueva es demasiado corta. Necesita ${characters} caracteres o más.`,
      long: () => 'La contraseña nueva es demasiado larga. Puede tener 256 caracteres.',
      common: () => 'Muchas personas usan esa contraseña, así que es la primera que se adivina. Elija otra.',
      pattern: () => 'Esa contraseña se repite o sigue las teclas de un teclado. Elija otra.',
      expected: () =>
        'Esa contraseña está hecha de su nombre, su nombre de usuario, su plan u otras palabras que la gente espera. Elija otra.',
    },
    done: 'Su contraseña cambió. Sus otras sesiones se cerraron.',
  },
  secondStep: {
    title: 'Segundo paso',
    off: 'Solo su contraseña protege su cuenta. Agregue un código de su teléfono, para que no baste con robar la contraseña.',
    on: (date) =>
      `Su contraseña y un código de su aplicación de autenticación protegen su cuenta desde el ${date}.`,
    left: (count) => `Códigos de recuperación que le quedan: ${count}`,
    setUp: 'Agregar un segundo paso',
    manage: 'Otro teléfono, códigos nuevos o desactivar',
    replaceTitle: 'Cambiar de teléfono u obtener códigos de recuperación nuevos',
    replaceWhy:
      'Escriba un código de la aplicación que usa ahora o un código de recuperación. Después configura la aplicación nueva. La anterior sirve hasta que la nueva funcione.',
    replace: 'Continuar',
    replaceNow:
      'Configure la aplicación nueva. La aplicación anterior y los códigos de recuperación anteriores dejan de servir cuando termine.',
    replaceSubmit: 'Usar la aplicación nueva',
    replaced:
      'Listo. Su aplicación nueva y sus códigos de recuperación nuevos ya están en uso. Los anteriores ya no sirven.',
    lost: '¿No tiene teléfono ni códigos de recuperación? Llame al número que está en su tarjeta de miembro. Su plan puede quitar el segundo paso.',
    turnOff: 'Desactivar',
    turnOffTitle: 'Desactivar',
    turnOffWhy: 'Escriba un código de su aplicación o un código de recuperación.',
    demanded: 'Su plan pide un segundo paso a todas las personas, así que no se puede desactivar.',
    onAlready: 'El segundo paso ya está activado. No se cambió nada.',
    turnedOn: 'Listo. Desde ahora se le pedirá un código al iniciar sesión.',
    turnedOff: 'Listo. Ya no se le pedirá un código.',
  },
  sessions: {
    title: 'Dónde tiene la sesión iniciada',
    why: 'Si no reconoce una sesión, ciérrela y cambie su contraseña.',
    here: 'Este navegador',
    unknown: 'Un navegador que no dijo su nombre',
    since: (date) => `Sesión iniciada el ${date}`,
    end: (browser) => `Cerrar la sesión: ${browser}`,
    endShort: 'Cerrar',
    endOthers: 'Cerrar todas las otras sesiones',
    ended: 'Listo. Esa sesión se cerró.',
    othersEnded: 'Listo. Todas sus otras sesiones se cerraron.',
  },
  loginChanges: {
    title: 'Cambios en su cuenta',
    why: 'De los últimos 13 meses. Si no reconoce alguno de ellos, llame al número que está en su tarjeta de miembro.',
    factorReset: (date) =>
      `El ${date} su plan quitó el segundo paso de su cuenta. Si usted no lo pidió, cambie su contraseña y llame al número que está en su tarjeta de miembro.`,
    texts: {
      'password-changed': 'Usted cambió la contraseña',
      'password-reset': 'La contraseña se restableció por correo electrónico',
      'password-set-by-plan': 'Su plan puso una contraseña nueva',
      'second-factor-on': 'Usted activó el segundo paso',
      'second-factor-off': 'Usted desactivó el segundo paso',
      'second-factor-replaced': 'Usted pasó el segundo paso a otra aplicación',
      'second-factor-reset': 'Su plan quitó el segundo paso',
      'sessions-ended': 'Usted cerró otra sesión',
      'sessions-ended-by-plan': 'Su plan cerró todas sus sesiones',
      'login-relinked': 'Su plan cambió a qué miembro pertenece esta cuenta',
      'number-changed': 'Su plan le dio otro número de miembro',
    },
  },
  federation: {
    cancelled: 'No inició sesión. Puede intentar otra vez o volver a la aplicación.',
    unavailable:
      'No se puede abrir el sitio de inicio de sesión de su plan en este momento. Intente otra vez en unos minutos.',
    'not-now': 'No se pudo terminar su inicio de sesión en este momento. Intente otra vez en un minuto.',
    'not-believed': 'No se pudo completar el inicio de sesión. Intente otra vez desde aquí.',
    'not-offered':
      'El sitio de inicio de sesión de su plan y este sitio no se entienden. No es culpa suya. Llame al número que está en su tarjeta de miembro.',
    'client-refused':
      'El sitio de inicio de sesión de su plan no aceptó este sitio. No es culpa suya. Llame al número que está en su tarjeta de miembro.',
    'not-fresh':
      'La aplicación le pide que inicie sesión de nuevo. Primero cierre la sesión en el sitio de su plan y luego intente otra vez.',
    'not-eligible':
      'Su plan no permite que esta cuenta comparta datos. Llame al número que está en su tarjeta de miembro.',
    'level-too-low':
      'Su plan pide un paso más al iniciar sesión, por ejemplo un código de su teléfono. Inicie sesión de nuevo o llame al número que está en su tarjeta de miembro.',
    'access-over':
      'Ya pasó el tiempo en que usted puede iniciar sesión y ver sus datos. Llame al número que está en su tarjeta de miembro.',
    'not-active': 'Su plan dio de baja esta cuenta. Llame al número que está en su tarjeta de miembro.',
    'not-auditor':
      'Esta cuenta no es de un auditor. Inicie sesión con otra cuenta o pregunte a los administradores de su plan.',
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
