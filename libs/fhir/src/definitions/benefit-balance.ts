/** The definition of an operation that no guide has (http://hl7.org/fhir/R4/operationdefinition.html). */

/** Below the FHIR base. */
export const BENEFIT_BALANCE = 'OperationDefinition/Coverage-benefit-balance';

/** @param canonical of an OperationDefinition, or its path below the FHIR base */
export const operationUrl = (canonical: string, base: string): string =>
  canonical.includes('://') ? canonical : `${base}/${canonical}`;

const DESCRIPTION =
  'How much of the deductible and of the out-of-pocket maximum of this coverage is used now: one ' +
  'CoverageEligibilityResponse. It is the newest active one that the plan has sent about the coverage, for a benefit ' +
  'period that runs now or for none, and that says what is used. Where the plan has sent none, the server adds it up from the claims in force of ' +
  'the period, if the plan has stated that these claims are complete, if none of them waits for a decision, and if ' +
  'nothing can be withheld from the app: its token opens Coverage, CoverageEligibilityResponse and ' +
  'ExplanationOfBenefit without a filter, and the member released every sensitive category. An answer that was added ' +
  'up has no id, the security label AGGRED, a disposition that says so, and in `created` the time up to which claims ' +
  'are known. In all other cases the answer is 404.';

interface Base {
  /** the tenant's FHIR base URL */
  base: string;
  plan: { name: string };
  release: { version: string; date: string };
}

/** The definition of `Coverage/{id}/$benefit-balance`. */
export const benefitBalanceDefinition = ({ base, plan, release }: Base) => ({
  resourceType: 'OperationDefinition',
  id: BENEFIT_BALANCE.slice('OperationDefinition/'.length),
  url: operationUrl(BENEFIT_BALANCE, base),
  version: release.version,
  name: 'CoverageBenefitBalance',
  title: 'Current balance of a coverage',
  status: 'active',
  kind: 'operation',
  date: release.date,
  publisher: plan.name,
  description: DESCRIPTION,
  affectsState: false,
  code: 'benefit-balance',
  resource: ['Coverage'],
  system: false,
  type: false,
  instance: true,
  parameter: [
    {
      name: 'return',
      use: 'out',
      min: 1,
      max: '1',
      documentation: 'The current balance.',
      type: 'CoverageEligibilityResponse',
    },
  ],
});
