/** What members read in e-mails, in US Spanish. A mail names no person, no app and nothing about health. */
import type { mailEn } from './mail.en.ts';

const notYou = '¿No fue usted? Cambie su contraseña y llame al número que está en su tarjeta de miembro.';

const why = {
  login: 'este es el correo electrónico de una cuenta',
  developer: 'alguien escribió este correo electrónico en sus páginas para desarrolladores de aplicaciones',
  member: 'lo tiene registrado como el correo electrónico de usted',
  staff: 'su configuración indica esta dirección para las solicitudes de desarrolladores de aplicaciones',
};

export const mailEs: typeof mailEn = {
  mail: {
    kinds: {
      'password-reset': {
        subject: 'Elija una contraseña nueva',
        text: ({ url, minutes }) =>
          `Alguien pidió una contraseña nueva para su cuenta. Si fue usted, elíjala aquí:\n\n${url}\n\n` +
          `El enlace sirve una sola vez, durante ${minutes} minutos. Si no fue usted, no haga nada: su contraseña no cambia.`,
      },
      'address-confirm': {
        subject: 'Confirme su correo electrónico',
        text: ({ url, minutes }) =>
          `Alguien escribió este correo electrónico para una cuenta. Si fue usted, confírmelo aquí:\n\n${url}\n\n` +
          `El enlace sirve una sola vez, durante ${minutes} minutos, y le pide que inicie sesión. Si no fue usted, no haga nada.`,
      },
      'login-code': {
        subject: 'Su código',
        text: ({ code, minutes }) =>
          `Su código para iniciar sesión es\n\n${code}\n\nSirve una sola vez, durante ${minutes} minutos, en la página que lo pidió. ` +
          `No se lo dé a nadie. Si no está iniciando sesión en este momento, es posible que alguien sepa su contraseña: cámbiela.`,
      },
      'developer-link': {
        subject: 'Su enlace para desarrolladores',
        text: ({ url, minutes }) =>
          `Alguien pidió una cuenta para desarrolladores de aplicaciones con esta dirección de correo, o una contraseña nueva ` +
          `para ella. Si fue usted, elija la contraseña aquí:\n\n${url}\n\nEl enlace sirve una sola vez, durante ${minutes} minutos. ` +
          `Si no fue usted, no haga nada.`,
      },
      'join-code': {
        subject: 'Su código para crear una cuenta',
        text: ({ code, minutes }) =>
          `Su código para crear una cuenta es\n\n${code}\n\nSirve una sola vez, durante ${minutes} minutos, en el navegador que lo ` +
          `pidió. No se lo dé a nadie. Si no lo pidió usted, no haga nada: sin el código nadie puede crear su cuenta.`,
      },
      'join-known': {
        subject: 'Usted ya tiene una cuenta',
        text: ({ url }) =>
          `Alguien quiso crear una cuenta para usted. Si fue usted: ya tiene una cuenta. Inicie sesión con ella, o elija una ` +
          `contraseña nueva con “¿Olvidó su contraseña?”:\n\n${url}\n\nSi no fue usted, no haga nada: no se creó otra cuenta.`,
      },
      'join-text': {
        subject: '',
        text: ({ code, minutes }) =>
          `${code} es su código para crear una cuenta. Sirve una sola vez, durante ${minutes} minutos. No se lo dé a nadie.`,
      },
      'join-text-known': {
        subject: '',
        text: () =>
          'Usted ya tiene una cuenta: inicie sesión con ella. ¿Olvidó la contraseña? Mire la página de inicio de sesión o llame a su plan.',
      },
      'account-made': {
        subject: 'Se creó su cuenta',
        text: ({ url }) =>
          `Se creó una cuenta para usted, con la que puede iniciar sesión y conectar aplicaciones. Puede verla aquí:\n\n${url}\n\n` +
          `¿No fue usted? Llame de inmediato al número que está en su tarjeta de miembro.`,
      },
      'application-news': {
        subject: 'Acerca de su solicitud',
        text: ({ url }) =>
          `Hay novedades sobre una aplicación para la que usted presentó una solicitud: se envió, o el plan preguntó algo o ` +
          `decidió. Inicie sesión para leerlas:\n\n${url}`,
      },
      'application-arrived': {
        subject: 'Una solicitud de un desarrollador de aplicaciones',
        text: () =>
          `El desarrollador de una aplicación presentó una solicitud, o respondió a lo que ustedes preguntaron. Véala con el ` +
          `comando de administración “application list”, o con su propio programa para administradores.`,
      },
      'break-glass-used': {
        subject: 'Se usó una cuenta de emergencia',
        text: ({ url }) =>
          `Alguien acaba de entrar en la consola de auditoría con una cuenta de emergencia, que tiene contraseña y está pensada ` +
          `para el día en que su proveedor de identidad no responda. El registro de auditoría tiene el evento break-glass con la ` +
          `cuenta y la dirección de red. Si no fue nadie de ustedes, cierre sus sesiones y cambie la contraseña de inmediato.\n\n${url}`,
      },
      'app-connected': {
        subject: 'Se conectó una aplicación',
        text: ({ url }) =>
          `Se conectó una aplicación nueva con su cuenta. Aquí puede ver sus aplicaciones conectadas y cancelar el permiso de cada una:\n\n${url}\n\n${notYou}`,
      },
      'connection-ended': {
        subject: 'Se detuvo una conexión por su seguridad',
        text: ({ url }) =>
          `Una clave de una de sus aplicaciones conectadas se usó dos veces. Puede ser que alguien la haya copiado, así que ` +
          `detuvimos la conexión. Vea aquí cuál fue:\n\n${url}\n\nSi quiere usar la aplicación otra vez, conéctela de nuevo.`,
      },
      'relation-ended': {
        subject: 'Una conexión terminó',
        text: ({ url }) =>
          `Una aplicación podía ver datos de una persona porque alguien lo había aceptado con una cuenta de su plan. Su plan ` +
          `indica que esta cuenta ya no puede ver estos datos, así que la conexión terminó. Vea aquí cuál fue:\n\n${url}`,
      },
      'records-corrected': {
        subject: 'Su plan corrigió sus registros',
        text: ({ url }) =>
          `Su plan corrigió a nombre de qué persona están algunos de los registros que guarda. Por su seguridad se desconectaron todas las ` +
          `aplicaciones que podían ver estos registros. Puede conectarlas de nuevo. Si usted representa a otra persona, el plan ` +
          `tiene que confirmarlo antes. Vea aquí cuáles eran:\n\n${url}\n\nSi tiene una pregunta, llame al número que está en su ` +
          `tarjeta de miembro.`,
      },
      'consent-ends': {
        subject: 'Una conexión terminará pronto',
        text: ({ url }) =>
          `El tiempo que usted aceptó para una de sus aplicaciones conectadas termina en 14 días o menos. Vea aquí cuál es:\n\n${url}\n\n` +
          `No tiene que hacer nada. Si quiere seguir usando la aplicación, conéctela de nuevo.`,
      },
      'access-ends': {
        subject: 'Su acceso terminará',
        text: ({ url }) =>
          `En 60 días o menos se acaba el tiempo en que usted puede ver aquí datos del plan: los suyos o los de otra persona. ` +
          `Vea aquí de quién son y hasta cuándo:\n\n${url}\n\nHasta entonces puede descargar los datos con una aplicación y ` +
          `guardarlos. Si cree que es un error, llame al número que está en su tarjeta de miembro.`,
      },
      'password-changed': {
        subject: 'Se cambió su contraseña',
        text: ({ url }) =>
          `Se cambió la contraseña de su cuenta. Aquí puede ver su cuenta:\n\n${url}\n\n${notYou}`,
      },
      'factor-changed': {
        subject: 'Se cambió el segundo paso de su cuenta',
        text: ({ url }) =>
          `El segundo paso de su cuenta se activó, se desactivó o se cambió. Aquí puede verlo:\n\n${url}\n\n${notYou}`,
      },
      'address-changed': {
        subject: 'Se cambió su correo electrónico',
        text: ({ url }) =>
          `Este correo electrónico ya no es el de su cuenta. Aquí puede ver su cuenta:\n\n${url}\n\n${notYou}`,
      },
    },
    sender: (plan, reader) =>
      `${plan} envía este mensaje porque ${why[reader]}. ` +
      `Nadie del plan le pedirá una contraseña ni un código, por correo electrónico ni por teléfono.`,
  },
};
