-- Nothing of the trail is ever deleted. The engine asks nevertheless, as it asks every owner.
CREATE OR REPLACE VIEW trail.resource_history WITH (security_invoker = true) AS
  SELECT r.tenant, r.member, r.type, r.id, r.version, r.version_id, r.last_updated, r.audience, r.sensitivity, r.body,
         NULL::timestamptz(3) AS deleted
    FROM trail.resource r WHERE false;
CREATE VIEW trail.deleted_resource WITH (security_invoker = true) AS
  SELECT r.tenant, r.member, r.type, r.id, r.form, r.version, r.version_id, r.last_updated, r.audience, r.body,
         NULL::timestamptz(3) AS deleted
    FROM trail.resource r WHERE false;

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
  auditor text := current_database() || '_auditor';
BEGIN
  EXECUTE format('GRANT SELECT ON trail.deleted_resource TO %I, %I', service, auditor);
  EXECUTE format('REVOKE ALL ON public.deleted_resource FROM %I, %I', service, ingest);
END $$;
