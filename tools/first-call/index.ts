export { firstCall, type FirstCallRequest } from './first-call.ts';
export { FhirClient, type ClientResource } from './fhir-client.ts';
export {
  answerPages,
  LaunchingMember,
  launch,
  type LaunchRequest,
  register,
  type Session,
} from './launch.ts';
export { formFields, type FormPage, UserAgent } from './user-agent.ts';
