/**
 * Why a plan did not pay, in words of our own. The codes are those of X12 and NCPDP; their texts are not repeated here.
 * A code that is no refusal, such as a contracted rate, has no row.
 */
import { type ToldConcept, words } from './facts.ts';
import { daysAfter } from './format.ts';
import type { NarrativeOptions, Sentence } from './sentence.ts';

const row = (en: string, es: string): Sentence => ({ en, es });

const NO_APPROVAL = row(
  'The plan had not approved it before. Your provider can ask the plan to approve it.',
  'El plan no lo había aprobado antes. Su proveedor puede pedir al plan que lo apruebe.',
);
const NOT_COVERED = row('The plan does not cover it.', 'El plan no lo cubre.');

const CLAIM_ADJUSTMENT: Readonly<Record<string, Sentence>> = {
  '16': row(
    'Something was missing in what your provider sent. Your provider can send it again.',
    'Faltaba algo en lo que envió su proveedor. Su proveedor puede enviarlo de nuevo.',
  ),
  '18': row('The plan has had the same claim before.', 'El plan ya había recibido la misma reclamación.'),
  '26': row('Your coverage had not begun yet.', 'Su cobertura aún no había comenzado.'),
  '27': row('Your coverage had ended.', 'Su cobertura había terminado.'),
  '29': row(
    'Your provider sent the claim too late. Ask your provider before you pay.',
    'Su proveedor envió la reclamación demasiado tarde. Pregunte a su proveedor antes de pagar.',
  ),
  '50': row(
    'The plan says that it is not medically necessary. Your provider can send more about your health.',
    'El plan dice que no es necesario por razones médicas. Su proveedor puede enviar más información sobre su salud.',
  ),
  '55': row(
    'The plan says that it is still being tested, and does not cover it.',
    'El plan dice que todavía está en prueba y no lo cubre.',
  ),
  '96': NOT_COVERED,
  '119': row(
    'You have used all that the plan pays for this.',
    'Usted ya usó todo lo que el plan paga por esto.',
  ),
  '150': row(
    'The plan says that what your provider sent does not show that you need this much care. Your provider can send more about your health.',
    'El plan dice que lo que envió su proveedor no muestra que usted necesite tanta atención. Su proveedor puede enviar más información sobre su salud.',
  ),
  '151': row(
    'The plan says that what your provider sent does not show that you need it this many times. Your provider can send more about your health.',
    'El plan dice que lo que envió su proveedor no muestra que usted lo necesite tantas veces. Su proveedor puede enviar más información sobre su salud.',
  ),
  '197': NO_APPROVAL,
  '204': NOT_COVERED,
  '242': row(
    'The provider is not in the network of the plan, so the plan pays less.',
    'El proveedor no está en la red del plan, por eso el plan paga menos.',
  ),
};
const PHARMACY_REJECT: Readonly<Record<string, Sentence>> = {
  '70': row(
    'The plan does not cover this medicine. Your doctor can ask for an exception, or for another medicine.',
    'El plan no cubre este medicamento. Su médico puede pedir una excepción u otro medicamento.',
  ),
  '75': NO_APPROVAL,
  '76': row('It is more than the plan allows.', 'Es más de lo que el plan permite.'),
  '79': row('It is too early for a refill.', 'Es demasiado pronto para volver a surtirlo.'),
};

const BY_SYSTEM: Readonly<Record<string, Readonly<Record<string, Sentence>>>> = {
  'https://x12.org/codes/claim-adjustment-reason-codes': CLAIM_ADJUSTMENT,
  'http://terminology.hl7.org/CodeSystem/NCPDPRejectCode': PHARMACY_REJECT,
};

export interface ToldAdjudication {
  category?: ToldConcept;
  reason?: ToldConcept;
}

/** The category of C4BB and PDex under which nothing but a refusal stands. */
const DENIAL = 'denialreason';

function reasonOf({ category, reason }: ToldAdjudication): Sentence[] {
  const known = (reason?.coding ?? []).flatMap(({ system = '', code = '' }) => {
    const found = BY_SYSTEM[system]?.[code];
    return found ? [found] : [];
  });
  if (known.length > 0) return known;
  const said = words(reason);
  if (said === undefined || !category?.coding?.some(({ code }) => code === DENIAL)) return [];
  return [{ en: `The plan's reason: ${said}.`, es: `La razón del plan: ${said}.` }];
}

/** @returns each reason once */
export const refusals = (adjudications: readonly ToldAdjudication[]): Sentence[] => [
  ...new Map(adjudications.flatMap(reasonOf).map((sentence) => [sentence.en, sentence])).values(),
];

/**
 * What a member can do. The notice reaches the member after the day of the decision, so the date that is named here is
 * never too late.
 *
 * @param decided the day of the decision, where the resource says it
 */
export function appeal({ appealDays }: NarrativeOptions, decided: string | undefined): Sentence {
  const until = appealDays === undefined ? undefined : daysAfter(decided, appealDays);
  if (!until)
    return {
      en: 'You can appeal. The plan’s letter says how, and by when.',
      es: 'Usted puede apelar. La carta del plan dice cómo y hasta cuándo.',
    };
  return {
    en: `You can appeal until ${until.en}. The plan’s letter says how.`,
    es: `Usted puede apelar hasta el ${until.es}. La carta del plan dice cómo.`,
  };
}
