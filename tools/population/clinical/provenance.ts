import type { Visit } from '../care/visit.ts';
import { isoInstant } from '../fhir/dates.ts';
import {
  codedConcept,
  meta,
  pdexProfile,
  usCoreProfile,
  type SyntheticResource,
  type Sensitivity,
} from '../fhir/resource.ts';
import { hl7, pdexSystem } from '../fhir/systems.ts';
import { memberId, recordedAfter, type Scope } from '../scope.ts';

const AUTHOR = codedConcept(hl7('provenance-participant-type'), 'author', 'Author');
const TRANSMITTER = codedConcept(
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
  targets: readonly SyntheticResource[];
  sensitivity?: Sensitivity;
}

/** Who wrote the records of one visit, and that the plan passes them on (PDex: the payer as transmitter). */
export function provenanceOf(
  scope: Scope,
  { key, day, author, targets, sensitivity }: Origin,
): SyntheticResource {
  const { practitioner, facility } = author.clinician;
  const recordedDay = recordedAfter(scope, day);
  return {
    resourceType: 'Provenance',
    id: memberId(scope, 'Provenance', key),
    meta: meta([usCoreProfile('provenance'), pdexProfile('provenance')], recordedDay, sensitivity),
    target: targets.map(({ resourceType, id }) => ({
      reference: `${resourceType}/${id}`,
      display: resourceType,
    })),
    recorded: isoInstant(recordedDay, 480),
    agent: [
      { type: AUTHOR, who: practitioner, onBehalfOf: facility.organization },
      { type: TRANSMITTER, who: scope.directory.payer },
    ],
    entity: [
      {
        extension: [
          {
            url: SOURCE_FORMAT,
            valueCodeableConcept: codedConcept(
              pdexSystem('ProvenancePayerDataSource'),
              'hl7ccda',
              'HL7 C-CDA',
            ),
          },
        ],
        role: 'source',
        what: { display: 'Record as received from the provider' },
      },
    ],
  };
}
