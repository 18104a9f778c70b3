/** The documents of Anna and Ben of the plan north, and their content. */
import type { Resource } from '@patient-access/fhir';
import { startWorld, type World } from '../world.ts';

export const TEXT = 'Discharge summary of Anna: <script>alert(1)</script>';
const LOINC = 'http://loinc.org';

export const document = (id: string, member: string, change: Record<string, unknown> = {}): Resource => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  type: { coding: [{ system: LOINC, code: '18842-5' }] },
  category: [{ coding: [{ code: 'clinical-note' }] }],
  subject: { reference: `Patient/${member}` },
  content: [{ attachment: { contentType: 'text/plain', url: `Binary/${id}` } }],
  ...change,
});

export const binary = (id: string, context: string, change: Record<string, unknown> = {}): Resource => ({
  resourceType: 'Binary',
  id,
  contentType: 'text/plain',
  securityContext: { reference: context },
  data: Buffer.from(TEXT).toString('base64'),
  ...change,
});

const pointing = (url: string) => ({ content: [{ attachment: { url } }] });
const RESTRICTED = {
  meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'ETH' }] },
};
const of = (start: string, end: string) => ({ context: { period: { start, end } } });
const typed = (code: string) => ({ type: { coding: [{ system: LOINC, code }] } });

export async function startDocuments(): Promise<World> {
  const world = await startWorld();
  const base = 'https://plan.example/payer/patient-access/v2/north';
  await world.store(
    'north',
    document('note', 'anna', { date: '2026-03-01T00:00:00Z', ...of('2026-02-01', '2026-02-05') }),
    document('ccd', 'anna', {
      ...typed('34133-9'),
      date: '2026-04-01T00:00:00Z',
      ...of('2025-01-01', '2026-03-31'),
    }),
    document('old', 'anna', {
      status: 'superseded',
      date: '2025-03-01T00:00:00Z',
      ...of('2025-02-01', '2025-02-02'),
    }),
    document('wrong', 'anna', { status: 'entered-in-error', ...of('2026-02-01', '2026-02-05') }),
    document('absolute', 'anna', pointing(`${base}/Binary/absolute`)),
    document('elsewhere', 'anna', pointing('file:///etc/passwd')),
    document('eth', 'anna', RESTRICTED),
    document('bens', 'ben'),
    // Ben's document refers to content of Anna's, and Anna's to content of Ben's.
    document('crossed', 'ben', pointing('Binary/unreferenced')),
    document('crossing', 'anna', pointing('Binary/bens')),
  );
  await world.store(
    'north',
    binary('note', 'Patient/anna'),
    binary('ccd', 'DocumentReference/ccd', { contentType: 'text/html' }),
    binary('absolute', 'Patient/anna', { contentType: 'application/pdf; x="\r\nset-cookie: a=b"' }),
    binary('eth', 'Patient/anna'),
    binary('unreferenced', 'Patient/anna'),
    binary('bens', 'Patient/ben'),
  );
  await world.store('south', binary('southern', 'Patient/anna'), document('southern', 'anna'));
  return world;
}
