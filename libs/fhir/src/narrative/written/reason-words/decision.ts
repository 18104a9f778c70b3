/**
 * X12's reasons for a decision about a prior authorization (code source 886, the third element of HCR), in words of our
 * own: why, and what a member can do. X12's texts are not repeated.
 */
import { bilingual } from '../sentence.ts';
import {
  CORRECT_IT,
  NO_APPROVAL,
  NOT_COVERED,
  NOT_NECESSARY,
  PLACE_DOES_NOT_FIT,
  type ReasonWords,
  STILL_TESTED,
} from './shared.ts';

export const DECISION_REASONS: ReasonWords = {
  '9': bilingual(
    'The provider is not in the network of the plan. Ask the plan for one that is.',
    'El proveedor no está en la red del plan. Pida al plan uno que sí lo esté.',
  ),
  '0D': bilingual(
    'Your primary care doctor has to ask for it first.',
    'Su médico de atención primaria debe solicitarlo primero.',
  ),
  '0F': NOT_NECESSARY,
  '0G': bilingual(
    'The plan says that another kind of care is enough, such as care without a stay in a hospital. Your provider can send more about your health.',
    'El plan dice que basta otro tipo de atención, por ejemplo sin hospitalización. Su proveedor puede enviar más información sobre su salud.',
  ),
  '0L': bilingual(
    'It is more than the plan covers. Your provider can ask the plan for an exception.',
    'Es más de lo que el plan cubre. Su proveedor puede pedir una excepción al plan.',
  ),
  '0M': NOT_COVERED,
  '0N': NO_APPROVAL,
  '0P': bilingual(
    'The plan asked for more information and did not get it. Your provider can send it.',
    'El plan pidió más información y no la recibió. Su proveedor puede enviarla.',
  ),
  '0Q': bilingual(
    'The plan has had the same request before. See what became of that one.',
    'El plan ya había recibido la misma solicitud. Vea qué pasó con esa.',
  ),
  '0R': CORRECT_IT,
  '0T': STILL_TESTED,
  '0U': bilingual(
    'The plan needs to know more about you to decide. Your provider can send it.',
    'El plan necesita saber más sobre usted para decidir. Su proveedor puede enviarlo.',
  ),
  '0V': bilingual(
    'The plan has a doctor or nurse look at it before it decides.',
    'El plan pide que un médico o enfermero lo revise antes de decidir.',
  ),
  '0W': bilingual('The plan is still looking at it.', 'El plan todavía lo está revisando.'),
  '0X': bilingual(
    'The plan says that this kind of provider does not give this care. Ask the plan which one does.',
    'El plan dice que este tipo de proveedor no da esta atención. Pregunte al plan cuál la da.',
  ),
  '12': bilingual(
    'You need to go to the provider whom the plan has named for you.',
    'Usted debe acudir al proveedor que el plan le asignó.',
  ),
  '13': bilingual(
    'The plan approved it for another provider. Your provider can ask the plan to change that.',
    'El plan lo aprobó para otro proveedor. Su proveedor puede pedir al plan que lo cambie.',
  ),
  '16': PLACE_DOES_NOT_FIT,
  '17': bilingual(
    'Your provider asked too late. Your provider can ask the plan for an exception.',
    'Su proveedor lo solicitó demasiado tarde. Su proveedor puede pedir una excepción al plan.',
  ),
  '19': bilingual(
    'The plan says that it is only for looks, and does not cover it. Your provider can say which health problem it treats.',
    'El plan dice que es solo estético y no lo cubre. Su proveedor puede decir qué problema de salud trata.',
  ),
};
