import { DIABETES, HEART_BLOCK } from '../care/diagnoses.ts';
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
  const reason = scope.member.persona === 'complete' ? HEART_BLOCK : DIABETES;
  const cause = history.visits.find(({ diagnoses }) => diagnoses[0] === reason);
  return cause ? [...implants, meterOf(scope, cause)] : implants;
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
      ...udiOf(gtin, serial),
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
  const serial = digitsOf(`meter/${scope.member.key}`, 8);
  return {
    resourceType: 'Device',
    id: memberId(scope, 'Device', 'meter'),
    meta: meta([pdexProfile('device')], visit.endDay + 1),
    ...udiOf(digitsOf('device/337414009', 14), serial),
    status: 'active',
    manufacturer: MANUFACTURER,
    expirationDate: isoDate(visit.startDay + SHELF_LIFE_DAYS),
    lotNumber: `LOT${digitsOf(`lot/${scope.member.key}`, 4)}`,
    serialNumber: serial,
    deviceName: [{ name: 'Blood glucose meter', type: 'user-friendly-name' }],
    type: codedConcept(SNOMED, '337414009', 'Blood glucose meter'),
    patient: scope.patient,
    url: 'https://devices.example/blood-glucose-meter',
  };
}

/** Unique device identifier: as people read it, as machines read it, and the donation number of tissue or cells. */
function udiOf(gtin: string, serial: string): object {
  const carrier = `(01)${gtin}(21)${serial}`;
  const scanned = Buffer.from(`01${gtin}21${serial}`, 'ascii').toString('base64');
  return {
    udiCarrier: [{ deviceIdentifier: gtin, carrierAIDC: scanned, carrierHRF: carrier }],
    distinctIdentifier: `D${serial}`,
  };
}
