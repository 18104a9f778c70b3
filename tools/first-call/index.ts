export { FhirClient, type Resource } from './fhir-client.ts';
export { LaunchingMember, launch, type LaunchRequest, register, type Session } from './launch.ts';
export { formFields, type Page, UserAgent } from './user-agent.ts';
