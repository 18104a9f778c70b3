/** The texts about kinds of data that an app may see and does not ask for, in US Spanish. */
import type { unreadEn } from './unread.en.ts';

export const unreadEs: typeof unreadEn = {
  unread: {
    why: (app, days) =>
      `En los últimos ${days} días “${app}” no ha pedido nada de esto, de ningún miembro de su plan:`,
    idle: (app, days) =>
      `“${app}” no ha usado su permiso en ${days} días. Si no necesita la aplicación, cancele el permiso.`,
    all: 'No puede ver nada más. Si no necesita la aplicación, cancele el permiso.',
    takeBack: 'Retirar esto',
    rest: 'La aplicación todavía puede ver lo demás.',
    asksAgain:
      'Todavía no se retiró nada. Es posible que usted haya iniciado sesión otra vez desde que se abrió esa página. Presione el botón una vez más.',
    done: (app) => `“${app}” ahora puede ver menos que antes.`,
  },
};
