/** Sentences that several lists of codes share. */
import { bilingual, type Sentence } from '../sentence.ts';

export type ReasonWords = Readonly<Record<string, Sentence>>;

export const NO_APPROVAL = bilingual(
  'The plan had not approved it before. Your provider can ask the plan to approve it.',
  'El plan no lo había aprobado antes. Su proveedor puede pedir al plan que lo apruebe.',
);
export const NOT_COVERED = bilingual('The plan does not cover it.', 'El plan no lo cubre.');
export const NOT_NECESSARY = bilingual(
  'The plan says that it is not medically necessary. Your provider can send more about your health.',
  'El plan dice que no es necesario por razones médicas. Su proveedor puede enviar más información sobre su salud.',
);
export const STILL_TESTED = bilingual(
  'The plan says that it is still being tested, and does not cover it.',
  'El plan dice que todavía está en prueba y no lo cubre.',
);
export const USED_UP = bilingual(
  'You have used all that the plan pays for this. The plan can say whether and when it pays again.',
  'Usted ya usó todo lo que el plan paga por esto. El plan puede decir si vuelve a pagar y cuándo.',
);
export const CORRECT_IT = bilingual(
  'A code that your provider sent does not fit the rest. Your provider can correct it and send it again.',
  'Un código que envió su proveedor no concuerda con lo demás. Su proveedor puede corregirlo y enviarlo de nuevo.',
);
export const SEND_MORE = bilingual(
  'The plan needs more papers to decide. Your provider can send them.',
  'El plan necesita más documentos para decidir. Su proveedor puede enviarlos.',
);
export const PLACE_DOES_NOT_FIT = bilingual(
  'The plan says that the place of care does not fit it. Ask your provider whether another place is possible.',
  'El plan dice que el lugar de atención no es el adecuado. Pregunte a su proveedor si es posible otro lugar.',
);
