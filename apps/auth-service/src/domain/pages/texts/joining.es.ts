/** What members read who make an account alone, in US Spanish. */
import type { joiningEn } from './joining.en.ts';

export const joiningEs: typeof joiningEn = {
  joining: {
    noAccount: '¿Todavía no tiene una cuenta?',
    begin: 'Crear una cuenta',
    notOffered: 'Su propio plan crea las cuentas. Llame al número que está en su tarjeta de miembro.',
    title: 'Crear una cuenta',
    why: 'Escriba su número de miembro, su nombre y su fecha de nacimiento como los tiene su plan.',
    whence: {
      mail: 'Le enviamos un código a un correo electrónico que tiene su plan, o usted usa uno que llegó en una carta.',
      text: 'Le enviamos un código a un número de teléfono que tiene su plan, o usted usa uno que llegó en una carta.',
      either:
        'Le enviamos un código a un correo electrónico o a un número de teléfono que tiene su plan, o usted usa uno que llegó en una carta.',
      letter: 'También necesita un código de una carta de su plan.',
    },
    number: 'Número de miembro',
    numberWhere: 'Está en su tarjeta de miembro.',
    given: 'Nombre',
    oneName: 'Si tiene un solo nombre, deje esto vacío y escríbalo como apellido.',
    family: 'Apellido',
    birthDate: 'Fecha de nacimiento',
    month: 'Mes',
    day: 'Día',
    year: 'Año',
    byMail: 'Enviarme un código por correo electrónico',
    byText: 'Enviarme un código por mensaje de texto',
    byLetter: 'Tengo una carta con un código',
    back: 'Volver al inicio de sesión',
    incomplete:
      'Llene todos los campos; solo el nombre puede quedar vacío. La fecha de nacimiento tiene un mes, un día y un año de cuatro cifras.',
    codeTitle: 'Escriba su código',
    sent: (plan) =>
      `Si lo que escribió coincide con lo que tiene ${plan}, y el plan tiene un correo electrónico que es solo de usted, allí le enviamos un código. Sirve una sola vez, durante 10 minutos, en este navegador.`,
    texted: (plan) =>
      `Si lo que escribió coincide con lo que tiene ${plan}, y el plan tiene un número de teléfono que es solo de usted, allí le enviamos un código. Sirve una sola vez, durante 10 minutos, en este navegador.`,
    letter: 'Escriba el código que está en la carta de su plan.',
    submit: 'Continuar',
    nothing:
      '¿No llegó el código? Revise su carpeta de correo no deseado y lo que escribió. Puede ser que su plan no tenga un correo electrónico o un número que sea solo de usted, o que usted ya tenga una cuenta. Si nada de esto ayuda, llame al número que está en su tarjeta de miembro.',
    again: 'Escribir mis datos otra vez',
    wrongCode: 'Eso no funcionó. Revise el código y lo que escribió antes.',
    tooManyCodes:
      'Demasiados códigos incorrectos. Vuelva a la aplicación y empiece otra vez dentro de una hora.',
    loginTitle: 'Elija cómo iniciar sesión',
    loginWhy: 'Su plan ya sabe quién es usted. Elija un nombre de usuario y una contraseña.',
    login: 'Nombre de usuario',
    loginHint: 'Tres caracteres o más. Las aplicaciones no lo ven.',
    password: 'Contraseña',
    repeat: 'Repita la contraseña',
    save: 'Crear la cuenta',
    shortLogin: 'El nombre de usuario necesita tres caracteres o más.',
    loginTaken: 'Otra persona ya tiene ese nombre de usuario. Elija otro.',
    tooManyLogins:
      'Se probaron demasiados nombres de usuario. Vuelva a la aplicación y empiece otra vez dentro de una hora.',
    notMade: 'No se pudo crear la cuenta. Llame al número que está en su tarjeta de miembro.',
  },
};
