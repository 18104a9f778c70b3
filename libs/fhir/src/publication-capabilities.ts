import { planContacts, type OfferOfPlan, resourceEntry } from './capability.ts';
import type { Publication } from './publications.ts';

/**
 * The CapabilityStatement of what a plan publishes, derived from the definitions and from the table of publications. It names
 * no security service: nobody needs a credential there, and none is looked at.
 */
export function publicationCapabilities(
  { title, instantiates, guide, profiles }: Publication,
  { base, plan, release, errors }: OfferOfPlan,
) {
  const types = Object.entries(profiles);
  const names = Object.keys(profiles);
  return {
    resourceType: 'CapabilityStatement',
    url: `${base}/metadata`,
    name: title.replaceAll(' ', ''),
    title,
    status: 'active',
    date: release.date,
    publisher: plan.name,
    ...planContacts(plan),
    description: `The ${title.toLowerCase()} of ${plan.name}, for everybody, without a login.`,
    kind: 'instance',
    software: { name: 'Payer Patient Access API', version: release.version, releaseDate: release.date },
    implementation: { description: `${title} of ${plan.name}`, url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    instantiates: [instantiates],
    implementationGuide: [guide],
    rest: [
      {
        mode: 'server',
        documentation: `Every error names its code; ${errors} explains each.`,
        security: {
          cors: true,
          description: 'No login, no token, no cookie. Requests are limited by address.',
        },
        resource: types.map(([type, ofType]) =>
          resourceEntry(type, names, ofType, { base, isPublished: true }),
        ),
      },
    ],
  };
}
