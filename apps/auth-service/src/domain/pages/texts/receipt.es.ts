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
    download: 'Descargar el recibo firmado',
    why: 'Guarde el archivo como prueba de lo que aceptó. Su plan lo firma, y cualquiera puede comprobar la firma con las claves en',
    others: 'Otras veces que usted aceptó para esta aplicación',
    from: (date) => `Recibo del ${date}`,
  },
};
