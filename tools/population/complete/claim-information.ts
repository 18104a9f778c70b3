import { information } from '../claims/parts.ts';
import { worded } from '../fhir/resource.ts';
import { hl7, UCUM } from '../fhir/systems.ts';

const TOOTH = hl7('ADAUniversalToothDesignationSystem');

/** `supportingInfo` that only an ambulance has. Unit and code are as the profile fixes them. */
export const AMBULANCE_INFORMATION: readonly object[] = [
  information('patientweight', 'Patient Weight', {
    valueQuantity: { value: 137, unit: '[lb_av]', system: UCUM, code: '[lb_av]' },
  }),
  information('ambulancetransportreason', 'Ambulance Transport Reason', {
    reason: {
      system: 'https://x12.org/codesystem.x12.org/ambulance-transport-reason-codes',
      code: 'A',
    },
    valueString: 'Nearest facility that can give the care',
  }),
  information('transportationdistance', 'Transportation Distance', {
    valueQuantity: { value: 6.5, unit: '[mi_i]', system: UCUM, code: '[mi_i]' },
  }),
  information('roudtrippurpose', 'Round Trip Purpose', { valueString: 'No round trip' }),
  information('stretcherpurpose', 'Stretcher Purpose', { valueString: 'Patient could not sit upright' }),
  information('pickuplocation', 'Pick-up Location', { valueString: 'Home of the patient' }),
  information('dropofflocation', 'Drop-off Location', { valueString: 'Emergency department' }),
];

/** `supportingInfo` that only a dentist has. */
export const ORAL_INFORMATION: readonly object[] = [
  information('orthodontics', 'Orthodontics', {
    valueQuantity: { value: 18, unit: 'months', system: UCUM, code: 'mo' },
  }),
  information('prosthesis', 'Prosthesis', { valueBoolean: true }),
  information('additionalbodysite', 'Additional Body Site', {
    code: worded(TOOTH, '15', 'Upper left second molar'),
  }),
  information('missingtoothnumber', 'Missing Tooth Number', {
    code: worded(TOOTH, '16', 'Upper left third molar'),
  }),
];
