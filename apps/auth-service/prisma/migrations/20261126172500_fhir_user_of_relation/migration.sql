-- Who a person is in the record of a member for whom she acts: `RelatedPerson/…` or `Person/…` (docs/adr/0065).
ALTER TABLE account_member ADD COLUMN fhir_user text;
ALTER TABLE plan_member ADD COLUMN fhir_user text;
