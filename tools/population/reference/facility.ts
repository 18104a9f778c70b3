import type { Plan } from '../coverage/product.ts';
import type { Reference } from '../fhir/resource.ts';

export type FacilityKind =
  'clinic' | 'hospital' | 'laboratory' | 'pharmacy' | 'dental' | 'vision' | 'recovery';

/** What a facility agreed with the plan for one product. It holds for everybody who works there. */
export interface Contract {
  plan: Plan;
  startDay: number;
  /** The last day; none: it goes on. */
  endDay?: number;
}

/** A place of care: the organization that bills and the location where the patient goes. */
export interface Facility {
  id: string;
  kind: FacilityKind;
  organization: Reference;
  location: Reference;
  /** where secure messages to its clinicians go */
  endpoint: Reference;
  contracts: readonly Contract[];
  /** a pharmacy that sends medicines by mail */
  isMailOrder?: boolean;
}

/** Whether a facility is in the network of a product on a day. */
export function isInNetwork({ contracts }: Facility, plan: Plan, day: number): boolean {
  return contracts.some(
    ({ plan: { code }, startDay, endDay = day }) => code === plan.code && startDay <= day && day <= endDay,
  );
}
