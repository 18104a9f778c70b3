-- What the plan's yearly report to CMS counts (libs/events, transfer.ts): which app got data of which member on which
-- day (UTC). Kept in the transaction that appends to the trail, which it can be made anew from.
CREATE TABLE trail.transfer (
  tenant text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  client text COLLATE "C" NOT NULL,
  day    date NOT NULL,
  PRIMARY KEY (tenant, member, client, day)
);
CREATE INDEX transfer_of_year ON trail.transfer (tenant, day);

-- Of what is there already. The owner is bound by the policies, which let it see one tenant at a time.
DO $$
DECLARE
  of text;
BEGIN
  FOR of IN SELECT tenant FROM trail.chain_head LOOP
    PERFORM set_config('app.tenant', of, true);
    INSERT INTO trail.transfer (tenant, member, client, day)
    SELECT DISTINCT tenant, member, client, (recorded AT TIME ZONE 'UTC')::date
      FROM trail.audit_event
     WHERE tenant = of AND kind = 'rest' AND outcome = '0' AND member <> '~' AND client IS NOT NULL
       AND grant_id IS NOT NULL AND disclosed > 0
       AND EXISTS (
             SELECT FROM json_array_elements(body::json -> 'extension') AS x
              WHERE x ->> 'url' = 'urn:payer-patient-access:disclosed' AND (x #>> '{extension,1,valueUnsignedInt}')::int > 0
                AND x #>> '{extension,0,valueCode}' = ANY (regexp_split_to_array(
              'Patient Coverage RelatedPerson Person CoverageEligibilityRequest CoverageEligibilityResponse
               EnrollmentRequest EnrollmentResponse Contract Group Basic ExplanationOfBenefit Claim
               ClaimResponse Account ChargeItem Invoice PaymentNotice PaymentReconciliation AllergyIntolerance
               CarePlan CareTeam Condition Device DiagnosticReport DocumentReference Encounter Goal
               Immunization Media MedicationDispense MedicationRequest Observation Procedure
               QuestionnaireResponse ServiceRequest Specimen Binary Communication CommunicationRequest
               Composition DeviceRequest EpisodeOfCare FamilyMemberHistory Flag ImagingStudy
               ImmunizationRecommendation List MedicationAdministration MedicationStatement Task
               VisionPrescription AdverseEvent Appointment AppointmentResponse BodyStructure
               ClinicalImpression DetectedIssue DeviceMetric DeviceUseStatement DocumentManifest
               GuidanceResponse ImmunizationEvaluation MeasureReport MolecularSequence NutritionOrder
               RequestGroup ResearchSubject RiskAssessment Schedule Slot SupplyDelivery SupplyRequest
               Provenance VerificationResult', '\s+')))
       AND position('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' IN body) = 0;
  END LOOP;
END $$;

ALTER TABLE trail.transfer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  ingest  text := current_database() || '_ingest';
  auditor text := current_database() || '_auditor';
BEGIN
  EXECUTE format('CREATE POLICY tenant ON trail.transfer TO %I, %I
    USING (tenant = current_setting(''app.tenant'')::context)
    WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest, auditor);
  EXECUTE format('GRANT SELECT, INSERT ON trail.transfer TO %I', ingest);
  EXECUTE format('GRANT SELECT ON trail.transfer TO %I', auditor);
END $$;
