/** X12's claim adjustment reason codes, in words of our own: why, and what a member can do. X12's texts are not repeated. */
import { bilingual } from '../sentence.ts';
import {
  CORRECT_IT,
  NO_APPROVAL,
  NOT_COVERED,
  NOT_NECESSARY,
  PLACE_DOES_NOT_FIT,
  type ReasonWords,
  SEND_MORE,
  STILL_TESTED,
  USED_UP,
} from './shared.ts';

export const CLAIM_ADJUSTMENT: ReasonWords = {
  '4': CORRECT_IT,
  '11': CORRECT_IT,
  '15': bilingual(
    'The approval that your provider named does not fit this care. Your provider can correct it and send it again.',
    'La aprobación que indicó su proveedor no corresponde a esta atención. Su proveedor puede corregirla y enviarla de nuevo.',
  ),
  '16': bilingual(
    'Something was missing in what your provider sent. Your provider can send it again.',
    'Faltaba algo en lo que envió su proveedor. Su proveedor puede enviarlo de nuevo.',
  ),
  '18': bilingual(
    'The plan has had the same claim before. If you get two bills for this care, call the plan before you pay.',
    'El plan ya había recibido la misma reclamación. Si recibe dos facturas por esta atención, llame al plan antes de pagar.',
  ),
  '22': bilingual(
    'The plan says that another insurance may have to pay first. Your provider can send the claim there.',
    'El plan dice que quizás otro seguro deba pagar primero. Su proveedor puede enviarle la reclamación.',
  ),
  '26': bilingual(
    'Your coverage had not begun yet. If you had another one on that day, your provider can send the claim there.',
    'Su cobertura aún no había comenzado. Si tenía otra ese día, su proveedor puede enviarle la reclamación.',
  ),
  '27': bilingual(
    'Your coverage had ended. If you had another one on that day, your provider can send the claim there.',
    'Su cobertura había terminado. Si tenía otra ese día, su proveedor puede enviarle la reclamación.',
  ),
  '29': bilingual(
    'Your provider sent the claim too late. A provider in the network usually may not bill you for that: if you get a bill, call the plan before you pay.',
    'Su proveedor envió la reclamación demasiado tarde. Un proveedor de la red por lo general no puede cobrarle por eso: si recibe una factura, llame al plan antes de pagar.',
  ),
  '31': bilingual(
    'The plan did not find you as a member. Check that your provider has the number on your card.',
    'El plan no lo encontró como miembro. Verifique que su proveedor tenga el número de su tarjeta.',
  ),
  '49': bilingual(
    'The plan does not cover it as routine care. If it was for a complaint, your provider can say so and send it again.',
    'El plan no lo cubre como atención de rutina. Si fue por un malestar, su proveedor puede indicarlo y enviarlo de nuevo.',
  ),
  '50': NOT_NECESSARY,
  '51': bilingual(
    'The plan says that you had the illness before your coverage began. Ask the plan whether that may count for you.',
    'El plan dice que usted ya tenía la enfermedad antes de que comenzara su cobertura. Pregunte al plan si eso puede aplicarse a usted.',
  ),
  '55': STILL_TESTED,
  '58': PLACE_DOES_NOT_FIT,
  '96': NOT_COVERED,
  '97': bilingual(
    'The plan says that it belongs to other care, which is paid together with it. If your provider bills you for it, call the plan before you pay.',
    'El plan dice que forma parte de otra atención que se paga en conjunto. Si su proveedor se lo cobra, llame al plan antes de pagar.',
  ),
  '109': bilingual(
    'The plan says that another payer is responsible. Your provider can send the claim there.',
    'El plan dice que otro pagador es responsable. Su proveedor puede enviarle la reclamación.',
  ),
  '119': USED_UP,
  '146': CORRECT_IT,
  '150': bilingual(
    'The plan says that what your provider sent does not show that you need this much care. Your provider can send more about your health.',
    'El plan dice que lo que envió su proveedor no muestra que usted necesite tanta atención. Su proveedor puede enviar más información sobre su salud.',
  ),
  '151': bilingual(
    'The plan says that what your provider sent does not show that you need it this many times. Your provider can send more about your health.',
    'El plan dice que lo que envió su proveedor no muestra que usted lo necesite tantas veces. Su proveedor puede enviar más información sobre su salud.',
  ),
  '167': bilingual(
    'The plan does not cover care for this diagnosis.',
    'El plan no cubre la atención de este diagnóstico.',
  ),
  '197': NO_APPROVAL,
  '198': bilingual(
    'It is more than the plan had approved. Your provider can ask the plan to approve the rest.',
    'Es más de lo que el plan había aprobado. Su proveedor puede pedir al plan que apruebe el resto.',
  ),
  '204': NOT_COVERED,
  '242': bilingual(
    'The provider is not in the network of the plan, so the plan pays less. The plan can name providers in its network.',
    'El proveedor no está en la red del plan, por eso el plan paga menos. El plan puede nombrar proveedores de su red.',
  ),
  '252': SEND_MORE,
  '256': bilingual(
    'By its contract with the provider the plan does not pay for it. If your provider bills you for it, call the plan before you pay.',
    'Según su contrato con el proveedor, el plan no lo paga. Si su proveedor se lo cobra, llame al plan antes de pagar.',
  ),
  '272': bilingual(
    'The plan says that its rules for this care are not met. Ask the plan which ones; your provider can send more.',
    'El plan dice que no se cumplen sus reglas para esta atención. Pregunte al plan cuáles; su proveedor puede enviar más información.',
  ),
};
