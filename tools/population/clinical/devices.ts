import { DIABETES } from '../care/diagnoses.ts';
import type { History } from '../care/history.ts';
import { sensitivityOf, type Visit } from '../care/visit.ts';
import { isoDate } from '../fhir/dates.ts';
import { digitsOf } from '../fhir/identity.ts';
import { codedConcept, meta, pdexProfile, usCoreProfile, type SyntheticResource } from '../fhir/resource.ts';
import { SNOMED } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';

const MANUFACTURER = 'Example Devices';
const SHELF_LIFE_DAYS = 1_800;

/** Implants of operations (US Core) and the meter of a member with diabetes (PDex). */
export function devicesOf(scope: Scope, history: History): SyntheticResource[] {
  const implants = history.visits.flatMap((visit) => implantOf(scope, visit));
  const diabetes = history.visits.find(({ diagnoses }) => diagnoses[0] === DIABETES);
  return diabetes ? [...implants, meterOf(scope, diabetes)] : implants;
}

function implantOf(scope: Scope, visit: Visit): SyntheticResource[] {
  const implant = visit.performed?.implant;
  if (implant === undefined) return [];
  const [code, name] = implant;
  const gtin = digitsOf(`device/${code}`, 14);
  const serial = digitsOf(`serial/${scope.member.key}/${visit.key}`, 8);
  return [
    {
      resourceType: 'Device',
      id: memberId(scope, 'Device', visit.key),
      meta: meta([usCoreProfile('implantable-device')], visit.endDay + 1, sensitivityOf(visit)),
      udiCarrier: [{ deviceIdentifier: gtin, carrierHRF: `(01)${gtin}(21)${serial}` }],
      status: 'active',
      manufacturer: MANUFACTURER,
      manufactureDate: isoDate(visit.startDay - 200),
      expirationDate: isoDate(visit.startDay + SHELF_LIFE_DAYS),
      lotNumber: `LOT${serial.slice(0, 4)}`,
      serialNumber: serial,
      deviceName: [{ name, type: 'user-friendly-name' }],
      type: codedConcept(SNOMED, code, name),
      patient: scope.patient,
    },
  ];
}

function meterOf(scope: Scope, visit: Visit): SyntheticResource {
  return {
    resourceType: 'Device',
    id: memberId(scope, 'Device', 'meter'),
    meta: meta([pdexProfile('device')], visit.endDay + 1),
    status: 'active',
    manufacturer: MANUFACTURER,
    expirationDate: isoDate(visit.startDay + SHELF_LIFE_DAYS),
    lotNumber: `LOT${digitsOf(`lot/${scope.member.key}`, 4)}`,
    serialNumber: digitsOf(`meter/${scope.member.key}`, 8),
    deviceName: [{ name: 'Blood glucose meter', type: 'user-friendly-name' }],
    type: codedConcept(SNOMED, '337414009', 'Blood glucose meter'),
    patient: scope.patient,
  };
}
