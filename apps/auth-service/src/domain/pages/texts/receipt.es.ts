import type { receiptEn } from './receipt.en.ts';

/** The texts of the receipt for a consent, in US Spanish. */
export const receiptEs: typeof receiptEn = {
  receipt: {
    link: 'Recibo',
    title: (app) => `Lo que usted aceptó para “${app}”`,
    given: 'Aceptado el',
    allowed: 'Puede ver',
    now: 'Ahora',
    inForce: 'Vigente',
    number: 'Número',
    fingerprint: 'Huella de la página que usted aceptó (SHA-256)',
    app: 'Aplicación',
    person: 'De quién son los datos',
    download: 'Guardar el recibo',
    why: 'Guarde el archivo como prueba de lo que aceptó. Puede leerlo e imprimirlo. Su plan lo firmó, y cualquier persona a quien se lo muestre puede comprobarlo en',
    signed: 'Solo el código firmado, para programas',
    documentTitle: (app) => `Recibo: lo que se aceptó para “${app}”`,
    stateOn: (date) => `El ${date}`,
    ended: (date) => `Terminó el ${date}`,
    check: 'Comprobar este recibo',
    checkWhy: (plan) =>
      `Un archivo se puede cambiar. Vale lo que ${plan} muestra en su propia página. Abra esta dirección de ${plan} y pegue allí el código firmado de abajo:`,
    checkNow: 'Comprobarlo ahora',
    code: 'Código firmado',
    others: 'Otras veces que usted aceptó para esta aplicación',
    from: (date) => `Recibo del ${date}`,
  },
  receiptCheck: {
    title: 'Comprobar un recibo',
    why: (plan) =>
      `¿Alguien le mostró un recibo de un permiso para compartir datos de ${plan} con una aplicación? Aquí ve si es auténtico y si el permiso sigue vigente.`,
    field: 'Código firmado del recibo',
    hint: 'El código completo. Empieza con “eyJ”.',
    submit: 'Comprobar',
    genuine: (plan, date) => `Este recibo es auténtico. ${plan} lo emitió el ${date}.`,
    compare: 'Compare las líneas de abajo con lo que le mostraron. Solo estas líneas cuentan.',
    now: 'Ahora',
    noRecord: 'No se sabe: el plan ya no tiene registro de este permiso. Pregunte al plan.',
    problems: {
      incomplete: () =>
        'Este no es un recibo completo: falta una parte del código. Cópielo entero e intente de nuevo.',
      foreign: (plan) => `${plan} no emitió este recibo. Compruébelo en el plan que se nombra en él.`,
      changed: (plan) => `Este recibo no es auténtico. ${plan} no lo firmó, o alguien lo cambió después.`,
      unconfirmed: (plan) =>
        `Nadie puede decir si este recibo es auténtico. Otros pueden haber conocido la clave que lo firmó, y los registros de ${plan} no dicen lo mismo. Pida a la persona uno nuevo.`,
    },
  },
};
