/** What the plan writes to members about a claim as a whole, in English and in Spanish. */
import { coded } from '../fhir/resource.ts';

const NOTES = {
  appealed: {
    en: 'You appealed, and the plan decided again.',
    es: 'Usted apeló y el plan decidió de nuevo.',
  },
  approvedAfterAppeal: {
    en: 'What your doctor sent with the appeal shows that the care is needed.',
    es: 'Lo que su médico envió con la apelación muestra que la atención es necesaria.',
  },
  deniedAfterAppeal: {
    en: 'Another doctor looked at the request, and came to the same decision.',
    es: 'Otro médico examinó la solicitud y llegó a la misma decisión.',
  },
  sentTwice: {
    en: 'Your provider sent this claim twice by mistake, and took it back.',
    es: 'Su proveedor envió esta reclamación dos veces por error y la retiró.',
  },
  bundled: {
    en: 'The plan pays one sum for several visits of this care. This visit has no amounts of its own.',
    es: 'El plan paga una suma por varias visitas de esta atención. Esta visita no tiene cantidades propias.',
  },
  underReview: {
    en: 'The plan has asked your provider for documents about a part of the care.',
    es: 'El plan pidió a su proveedor documentos sobre una parte de la atención.',
  },
} as const;

export type ClaimNote = keyof typeof NOTES;

const LANGUAGES = { en: 'English', es: 'Spanish' } as const;

/** @param first number of the first: no line names it, so the note is about the whole claim */
export const claimNotes = (note: ClaimNote, first: number): object[] =>
  (['en', 'es'] as const).map((language, index) => ({
    number: first + index,
    type: 'display',
    text: NOTES[note][language],
    language: coded('urn:ietf:bcp:47', language, LANGUAGES[language]),
  }));
