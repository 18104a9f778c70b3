-- The settings of a plan's authorization server: see src/domain/tenant/settings.ts.
ALTER TABLE tenant ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';

-- Notifies every replica of a change of a tenant or of its keys when it is committed, whoever made it.
CREATE FUNCTION tell_of_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(NEW);
BEGIN
  PERFORM pg_notify('tenant', coalesce(changed ->> 'tenant', changed ->> 'id'));
  RETURN NULL;
END $$;
CREATE TRIGGER tenant_changed AFTER INSERT OR UPDATE ON tenant FOR EACH ROW EXECUTE FUNCTION tell_of_tenant();
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE ON signing_key FOR EACH ROW EXECUTE FUNCTION tell_of_tenant();
