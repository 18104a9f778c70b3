/** What stands on a member's insurance card and in no element of Coverage (CARIN Digital Insurance Card 1.1.0). */
import { isoDate } from '../fhir/dates.ts';
import { codedConcept, insuranceCard } from '../fhir/resource.ts';
import { hl7 } from '../fhir/systems.ts';
import { nameOf } from '../people/patient.ts';
import type { Scope } from '../scope.ts';
import type { Span } from './enrollment.ts';

/** A ring with a cross in it, 48 pixels wide, as PNG. */
const LOGO =
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAMAAABg3Am1AAAABlBMVEX///8LT2xqckImAAAAAnRSTlMA/1uRIrUAAABxSURBVHja7ZYxEsAgDMPQ/z/drRNQK8flGOo11gSxM8YB8cq5I4aJpH2DsJH1zwhwBDgCHAGSWEyWABlAGcAOLEAO0ANgAMKF/IFOIHy4Cz9fw8Y1pIYPMh+VOox93PtC8ZXlS9HXbqHYC6dD4Tj50gOViQUhxhmtcgAAAABJRU5ErkJggg==';

/** Dark text on a light card: more than 7 to 1. */
const COLORS = { Foreground: '#10303f', Background: '#e8f1f5', Highlight: '#0b4f6c' } as const;

const BACK = [
  'Show this card when you receive care or fill a prescription. It does not guarantee coverage.',
  'In an emergency call 911 or go to the nearest hospital. If you use a TTY, call 711.',
].join('\n');

const extension = (name: string, rest: object) => ({
  url: insuranceCard(`${name}-extension`),
  ...rest,
});

/** The card names its holder alone. The others of the family have cards of their own. */
export function cardExtensions({ tenant, member, enrollment }: Scope, { startDay }: Span): object[] {
  const colors = Object.entries(COLORS).map(([name, code]) =>
    extension(`${name}Color`, {
      valueCodeableConcept: codedConcept(hl7('IECColourManagement'), code),
    }),
  );
  const { memberNumber } = enrollment;
  const named = [
    { url: 'memberId', valueString: memberNumber },
    { url: 'name', valueHumanName: nameOf(member) },
  ];
  const logo = [
    { url: 'label', valueString: tenant.planName },
    { url: 'description', valueString: `The mark of ${tenant.planName}` },
    { url: 'image', valueAttachment: { contentType: 'image/png', data: LOGO } },
  ];
  return [
    extension('PlanBeneficiaries', { extension: named }),
    extension('AdditionalCardInformation', { valueAnnotation: { text: BACK } }),
    extension('CardIssueDate', { valueDate: isoDate(startDay) }),
    extension('ColorPalette', { extension: colors }),
    extension('Logo', { extension: logo }),
  ];
}
