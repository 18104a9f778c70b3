import { z } from 'zod';

const MAX_CHARACTERS = 100;
const Text = z.string().min(1).max(MAX_CHARACTERS);

/** A preview plan at which the test client is registered. */
export const TestClientPlan = z.strictObject({
  /** identifier of the plan */
  id: Text,
  name: Text,
  client_id: Text,
  /** a made-up member whom anybody may log in as */
  login: Text.optional(),
  password: Text.optional(),
});
export type TestClientPlan = z.infer<typeof TestClientPlan>;
