/** What was done, by the lines of a claim. */
import { hasCode, type ToldConcept, words } from './facts.ts';
import { bilingual, type Sentence } from './sentence.ts';

/** Hospitals' lines without a procedure have this code (data-absent-reason). */
const NONE = 'not-applicable';

/** The systems of CARIN Blue Button and PDex for services. Of some of them somebody holds rights in the texts. */
const SERVICE_SYSTEMS: Readonly<Record<string, Sentence>> = {
  'http://www.ama-assn.org/go/cpt': bilingual('CPT procedure code', 'código de procedimiento CPT'),
  'http://www.ada.org/cdt': bilingual('CDT dental procedure code', 'código de procedimiento dental CDT'),
  'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets': bilingual(
    'HCPCS service code',
    'código de servicio HCPCS',
  ),
  'https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes':
    bilingual('HIPPS payment group code', 'código de grupo de pago HIPPS'),
  'http://hl7.org/fhir/sid/ndc': bilingual('NDC medicine code', 'código de medicamento NDC'),
};

/** A code without words says which code it is, and of what kind. */
function bare({ coding = [] }: ToldConcept): Sentence[] {
  return coding.flatMap(({ system = '', code }) => {
    const kind = SERVICE_SYSTEMS[system];
    return kind && code !== undefined ? [{ en: `${kind.en} ${code}`, es: `${kind.es} ${code}` }] : [];
  });
}

function worded(service: ToldConcept): Sentence[] {
  const said = words(service);
  return said === undefined ? [] : [bilingual(said, said)];
}

const isSaid = (service: ToldConcept): boolean =>
  words(service) !== undefined || (service.coding ?? []).some(({ code }) => code !== undefined);

/** @returns what was done, by the words of the first line that has some, otherwise by a code; and how many more lines there are */
export function serviceOf(lines: readonly { productOrService?: ToldConcept }[] = []): Sentence | undefined {
  const services = lines
    .flatMap(({ productOrService }) => productOrService ?? [])
    .filter((service) => isSaid(service) && !hasCode(service, NONE));
  const [first] = [...services.flatMap(worded), ...services.flatMap(bare)];
  const more = services.length - 1;
  if (first === undefined || more === 0) return first;
  return { en: `${first.en}, and ${more} more`, es: `${first.es}, y ${more} más` };
}
