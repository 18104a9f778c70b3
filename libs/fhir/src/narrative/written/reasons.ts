/**
 * Why a plan did not pay, in words of our own. The codes are those of X12 and NCPDP; their texts are not repeated here.
 */
import type { Sentence } from './sentence.ts';

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
  '22': row(
    'The plan says that another insurance may have to pay first. Your provider can send the claim there.',
    'El plan dice que quizás otro seguro deba pagar primero. Su proveedor puede enviarle la reclamación.',
  ),
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
  '109': row(
    'The plan says that another payer is responsible. Your provider can send the claim there.',
    'El plan dice que otro pagador es responsable. Su proveedor puede enviarle la reclamación.',
  ),
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

/** Reasons for a part that nobody refuses: what members pay by their plan, contracted rates, what others have paid. */
const NO_REFUSALS = ['1', '2', '3', '23', '24', '45', '131', '253'];

interface ReasonCodes {
  /** what kind of code it is, for a code without words */
  kind: Sentence;
  words?: Readonly<Record<string, Sentence>>;
  noRefusals?: readonly string[];
}

const X12_KIND = row('claim adjustment reason', 'motivo de ajuste de la reclamación');

/** The systems of CARIN Blue Button and PDex for the reasons of a plan. */
export const REASON_SYSTEMS: Readonly<Record<string, ReasonCodes>> = {
  'https://x12.org/codes/claim-adjustment-reason-codes': {
    kind: X12_KIND,
    words: CLAIM_ADJUSTMENT,
    noRefusals: NO_REFUSALS,
  },
  'http://terminology.hl7.org/CodeSystem/NCPDPRejectCode': {
    kind: row('pharmacy reject code', 'código de rechazo de farmacia'),
    words: PHARMACY_REJECT,
  },
  'https://codesystem.x12.org/external/886': {
    kind: row('decision reason', 'motivo de la decisión'),
  },
};
