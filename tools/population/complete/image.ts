import type { Visit } from '../care/visit.ts';
import { encounterReference } from '../clinical/encounters.ts';
import { isoInstant } from '../fhir/dates.ts';
import { codedConcept, meta, type SyntheticResource } from '../fhir/resource.ts';
import { hl7, SNOMED } from '../fhir/systems.ts';
import { memberId, memberReference, type Scope } from '../scope.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const TITLE = 'Chest with the leads of the pacemaker';
const PNG = 'image/png';
/** A light disc on a dark ground, 16 pixels wide: it stands for a picture of a chest. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAAAMElEQVR42mPQQAMMOAQWLFiwAElgARTABBYsQBLBJrBgAbIIeQKEbcF0GKbT8foWACfvXIEIEkobAAAAAElFTkSuQmCC';

/** The element `media` of a report about the image of the same key. */
export function imageOfReport(scope: Scope, key: string): object[] {
  return [{ comment: TITLE, link: memberReference(scope, 'Media', key, TITLE) }];
}

/** An image that was taken at a visit, and its content. */
export function imageRecords(scope: Scope, visit: Visit, key: string): SyntheticResource[] {
  const binaryId = memberId(scope, 'Binary', `${key}/image`);
  return [
    {
      resourceType: 'Media',
      id: memberId(scope, 'Media', key),
      meta: meta([`${R4}Media`], visit.endDay + 1),
      status: 'completed',
      type: codedConcept(hl7('media-type'), 'image', 'Image'),
      subject: scope.patient,
      encounter: encounterReference(scope, visit),
      createdDateTime: isoInstant(visit.startDay, 600),
      issued: isoInstant(visit.endDay, 900),
      operator: visit.clinician.practitioner,
      bodySite: codedConcept(SNOMED, '51185008', 'Thoracic structure'),
      content: { contentType: PNG, url: `Binary/${binaryId}`, title: TITLE },
    },
    {
      resourceType: 'Binary',
      id: binaryId,
      meta: meta([`${R4}Binary`], visit.endDay + 1),
      contentType: PNG,
      securityContext: scope.patient,
      data: PICTURE,
    },
  ];
}
