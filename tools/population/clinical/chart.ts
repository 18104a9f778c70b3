import { lastCareDay, sensitivityOf, type Visit, type VisitKind } from '../care/visit.ts';
import type { History } from '../care/history.ts';
import type { SyntheticResource } from '../fhir/resource.ts';
import type { Scope } from '../scope.ts';
import { completeChartOf } from '../complete/chart.ts';
import { allergiesOf } from './allergies.ts';
import { carePlanningOf } from './care-planning.ts';
import { problemsOf, visitDiagnosesOf } from './conditions.ts';
import { devicesOf } from './devices.ts';
import { documentsOf } from './documents.ts';
import { encounterOf } from './encounters.ts';
import { immunizationsOf } from './immunizations.ts';
import { laboratoryOf } from './laboratory.ts';
import { medicationsOf } from './medications.ts';
import { proceduresOf } from './procedures.ts';
import { provenanceOf } from './provenance.ts';
import { socialHistoryOf, vitalSignsOf } from './vital-signs.ts';

/**
 * The clinical record that the plan holds: the results of every visit, and the lasting conditions.
 *
 * @param administrative what the plan knows of the person
 */
export function chartOf(
  scope: Scope,
  history: History,
  administrative: readonly SyntheticResource[],
): SyntheticResource[] {
  const visits = history.visits.filter(hasEncounter);
  if (visits.length === 0) return [];
  const lasting = [...problemsOf(scope, history), ...allergiesOf(scope), ...carePlanningOf(scope, history)];
  const medicines = medicationsOf(scope, history.prescriptions);
  const devices = devicesOf(scope, history);
  const sensitivity = history.chronic.find(({ diagnosis }) => diagnosis.sensitivity)?.diagnosis.sensitivity;
  const origin = { key: 'lasting', day: lastCareDay(scope), author: visits[0] as Visit, targets: lasting };
  return [
    ...lasting,
    provenanceOf(scope, { ...origin, ...(sensitivity && { sensitivity }) }),
    ...medicines,
    ...visits.flatMap((visit) => visitRecords(scope, visit)),
    ...devices,
    ...(scope.member.persona === 'complete'
      ? completeChartOf(scope, history, [...administrative, ...medicines, ...devices])
      : []),
  ];
}

const BILLED_ONLY: ReadonlySet<VisitKind> = new Set(['oral', 'vision', 'ambulance']);

/** Dentists, optometrists and ambulances send the plan claims only. */
function hasEncounter(visit: Visit): boolean {
  return !BILLED_ONLY.has(visit.kind);
}

function visitRecords(scope: Scope, visit: Visit): SyntheticResource[] {
  const encounter = encounterOf(scope, visit);
  if (visit.kind === 'home') return [encounter];
  const made = [
    encounter,
    ...visitDiagnosesOf(scope, visit),
    ...vitalSignsOf(scope, visit),
    ...socialHistoryOf(scope, visit),
    ...laboratoryOf(scope, visit),
    ...immunizationsOf(scope, visit),
    ...proceduresOf(scope, visit),
    ...documentsOf(scope, visit),
  ];
  const sensitivity = sensitivityOf(visit);
  const targets = made.filter(({ resourceType }) => resourceType !== 'Binary');
  return [
    ...made,
    provenanceOf(scope, {
      key: visit.key,
      day: visit.endDay,
      author: visit,
      targets,
      ...(sensitivity && { sensitivity }),
    }),
  ];
}
