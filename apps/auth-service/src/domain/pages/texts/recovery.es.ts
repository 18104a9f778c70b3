/** What members read when they have forgotten their password, and about the email address of their login. */
import type { recoveryEn } from './recovery.en.ts';

export const recoveryEs: typeof recoveryEn = {
  recovery: {
    link: '¿Olvidó su contraseña?',
    title: '¿Olvidó su contraseña?',
    why: 'Escriba su nombre de usuario o el correo electrónico de su cuenta. Le enviaremos un enlace para elegir una contraseña nueva.',
    shared: 'Si varias personas usan el mismo correo electrónico, escriba su nombre de usuario.',
    login: 'Nombre de usuario o correo electrónico',
    submit: 'Enviar el enlace',
    sentTitle: 'Revise su correo electrónico',
    sent: 'Si hay una cuenta con ese nombre y tenemos su correo electrónico, le enviamos un enlace. Sirve una sola vez, durante 30 minutos.',
    none: '¿No llegó nada? Revise su carpeta de correo no deseado. Si su plan no tiene su correo electrónico, llame al número que está en su tarjeta de miembro.',
    again: 'Pedir otro enlace',
    newTitle: 'Elija una contraseña nueva',
    newWhy:
      'Se cerrará su sesión en todas partes. Una aplicación que usted conectó “Mientras su sesión esté abierta” pierde el acceso en diez minutos como máximo. Las demás siguen conectadas.',
    password: 'Contraseña nueva',
    repeat: 'Repita la contraseña nueva',
    code: 'Su cuenta tiene un segundo paso. Escriba el código que su aplicación de autenticación muestra ahora, o un código de recuperación.',
    disconnect: {
      label: 'Desconectar también todas las aplicaciones',
      explanation: 'Elija esto si otra persona pudo haber usado su cuenta.',
    },
    save: 'Guardar la contraseña nueva',
    invalidTitle: 'Este enlace ya no sirve',
    invalid:
      'Ya se usó o es demasiado viejo. Si pulsó el botón dos veces, es posible que su contraseña nueva ya esté guardada: pruebe a iniciar sesión con ella. Si no funciona, pida otro enlace.',
    doneTitle: 'Su contraseña cambió',
    userName: 'Su nombre de usuario:',
    done: 'Desde ahora inicie sesión con su contraseña nueva. Si vino de una aplicación, vuelva a ella y empiece otra vez.',
    toPages: 'Ver sus aplicaciones conectadas',
  },
  email: {
    title: 'Correo electrónico',
    why: 'Le escribimos a este correo cuando cambian su cuenta o sus aplicaciones conectadas, y cuando olvida su contraseña. Un mensaje no menciona ninguna aplicación ni dice nada sobre su salud.',
    now: 'El correo de su cuenta:',
    none: 'Su cuenta no tiene correo electrónico.',
    add: 'Agregue un correo electrónico',
    change: 'Cambiarlo o quitarlo',
    address: 'Correo electrónico nuevo',
    submit: 'Enviar un enlace',
    remove: 'Quitar el correo',
    noAddress: 'Eso no es un correo electrónico. Revíselo.',
    wrong: 'Esa contraseña o ese código no es correcto. Intente otra vez.',
    sent: (address) =>
      `Enviamos un enlace a ${address}. Ábralo en este navegador en menos de una hora. Hasta entonces no cambia nada.`,
    confirmWhy: '¿Es este el correo electrónico de su cuenta?',
    confirm: 'Sí, usar este correo',
    confirmed: 'Listo. Desde ahora le escribimos a este correo.',
    removed: 'Listo. Su cuenta ya no tiene correo electrónico.',
    invalid:
      'Este enlace no sirve. Ya se usó, es demasiado viejo o es para otra cuenta. Si pulsó el botón dos veces, es posible que ya esté en uso: vea el correo electrónico de su cuenta.',
    atPlan: 'Su plan guarda el correo electrónico de esta cuenta.',
    notOffered: 'Su plan no envía mensajes desde aquí.',
  },
};
