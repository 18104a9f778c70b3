import type { Visit } from '../care/visit.ts';
import { isoInstant } from '../fhir/dates.ts';
import { concept, meta, pdexProfile, usCore, type Resource, type Sensitivity } from '../fhir/resource.ts';
import { hl7, pdex } from '../fhir/systems.ts';
import { memberId, type Scope } from '../scope.ts';

const AUTHOR = concept(hl7('provenance-participant-type'), 'author', 'Author');
const TRANSMITTER = concept(
  'http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type',
  'transmitter',
  'Transmitter',
);
const SOURCE_FORMAT = 'http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/ProvenanceSourceFrom';

interface Origin {
  key: string;
  day: number;
  /** The visit whose clinician wrote the records. */
  author: Visit;
  targets: readonly Resource[];
  sensitivity?: Sensitivity;
}

/** Who wrote the records of one visit, and that the plan passes them on (PDex: the payer as transmitter). */
export function provenanceOf(scope: Scope, { key, day, author, targets, sensitivity }: Origin): Resource {
  const { practitioner, facility } = author.clinician;
  return {
    resourceType: 'Provenance',
    id: memberId(scope, 'Provenance', key),
    meta: meta([usCore('provenance'), pdexProfile('provenance')], day + 1, sensitivity),
    target: targets.map(({ resourceType, id }) => ({
      reference: `${resourceType}/${id}`,
      display: resourceType,
    })),
    recorded: isoInstant(day + 1, 480),
    agent: [
      { type: AUTHOR, who: practitioner, onBehalfOf: facility.organization },
      { type: TRANSMITTER, who: scope.directory.payer },
    ],
    entity: [
      {
        extension: [
          {
            url: SOURCE_FORMAT,
            valueCodeableConcept: concept(pdex('ProvenancePayerDataSource'), 'hl7ccda', 'HL7 C-CDA'),
          },
        ],
        role: 'source',
        what: { display: 'Record as received from the provider' },
      },
    ],
  };
}
