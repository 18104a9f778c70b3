/** NCPDP's reject codes, in words of our own: why, and what a member can do. NCPDP's texts are not repeated. */
import { bilingual } from '../sentence.ts';
import { NO_APPROVAL, type ReasonWords } from './shared.ts';

export const PHARMACY_REJECT: ReasonWords = {
  '7': bilingual(
    'The pharmacy did not send the number of your card as the plan has it. Show the pharmacy your card.',
    'La farmacia no envió el número de su tarjeta como lo tiene el plan. Muestre su tarjeta en la farmacia.',
  ),
  '25': bilingual(
    'The pharmacy did not send the number of your doctor as the plan needs it. The pharmacy can correct it.',
    'La farmacia no envió el número de su médico como el plan lo necesita. La farmacia puede corregirlo.',
  ),
  '41': bilingual(
    'Another insurance has to pay first. Show the pharmacy that card, too.',
    'Otro seguro debe pagar primero. Muestre también esa tarjeta en la farmacia.',
  ),
  '65': bilingual(
    'The plan did not find coverage for you on that day. Ask the plan, and show the pharmacy your newest card.',
    'El plan no encontró cobertura para usted ese día. Pregunte al plan y muestre su tarjeta más reciente en la farmacia.',
  ),
  '69': bilingual(
    'Your coverage had ended on that day. If you have another one, show the pharmacy that card.',
    'Su cobertura ya había terminado ese día. Si tiene otra, muestre esa tarjeta en la farmacia.',
  ),
  '70': bilingual(
    'The plan does not cover this medicine. Your doctor can ask for an exception, or for another medicine.',
    'El plan no cubre este medicamento. Su médico puede pedir una excepción u otro medicamento.',
  ),
  '75': NO_APPROVAL,
  '76': bilingual(
    'It is more than the plan allows. Your doctor can ask the plan for more.',
    'Es más de lo que el plan permite. Su médico puede pedir más al plan.',
  ),
  '79': bilingual(
    'It is too early for a refill. The pharmacy can say from which day you can get it.',
    'Es demasiado pronto para volver a surtirlo. La farmacia puede decir desde qué día puede recogerlo.',
  ),
  '88': bilingual(
    'The plan sees a risk, for example with another medicine that you take. Ask your pharmacist or doctor before you take it.',
    'El plan ve un riesgo, por ejemplo con otro medicamento que usted toma. Pregunte a su farmacéutico o médico antes de tomarlo.',
  ),
};
