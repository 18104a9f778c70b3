import { z } from 'zod';

const MIN_AGE = 12;
const MAX_AGE = 26;

/**
 * When a child comes of age, after which nobody sees the child's data because of the relation alone. The defaults stand in
 * the database as well (function `compute_relation_end`).
 */
export const ComingOfAge = z.strictObject({
  /** in years; 19 in Alabama and Nebraska, 21 in Mississippi */
  age: z.int().min(MIN_AGE).max(MAX_AGE).default(18),
  /** relationships that end on that birthday, unless the plan records a guardianship */
  relationships: z
    .array(z.string().min(1))
    .default(['child', 'stepchild', 'foster-child', 'grandchild', 'ward']),
});
