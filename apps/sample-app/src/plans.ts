/** A plan at which this app is registered. */
export interface Plan {
  name: string;
  fhirBase: string;
  clientId: string;
  /** a made-up member whom anybody may log in as */
  login?: string;
  password?: string;
}

/** `plans.json` is beside the app, so the same build can run at any address. */
export async function loadPlans(): Promise<Plan[]> {
  const answer = await fetch('./plans.json');
  if (!answer.ok) throw new Error('This app is not set up: it has no plans.json.');
  return (await answer.json()) as Plan[];
}
