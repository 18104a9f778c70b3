import { Controller } from '@nestjs/common';
import { PUBLICATIONS, publications } from '@patient-access/fhir';
import { AuthenticatedBy } from '@patient-access/platform';
import { FhirController } from '../fhir/fhir.controller.ts';
import { PUBLICATION } from './publication.strategy.ts';

/** The FHIR bases of everything that a plan publishes. */
export const PUBLICATION_BASES = PUBLICATIONS.map((name) => `${publications[name].path}/:tenant`);

/** What a plan publishes goes the way of every other request below a FHIR base, with the credential of everybody. */
@AuthenticatedBy(PUBLICATION)
@Controller(PUBLICATION_BASES)
export class PublicationController extends FhirController {}
