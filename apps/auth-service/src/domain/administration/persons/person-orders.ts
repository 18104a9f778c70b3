/** What an administrator says of the persons whose records are merged or split (ADR 93). */
import { z } from 'zod';

/** of a Patient */
export const PatientId = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/, 'a FHIR id');
/** for the trail of both persons; it names neither */
export const ChangeReason = z.string().trim().min(1).max(200);
