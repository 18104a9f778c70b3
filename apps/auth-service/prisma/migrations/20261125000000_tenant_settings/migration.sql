-- What a plan decides about its own authorization server: see src/tenant/settings.ts.
ALTER TABLE tenant ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';

-- Every replica hears of a change of a tenant or of its keys, whoever made it, once it is committed.
CREATE FUNCTION tell_of_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(NEW);
BEGIN
  PERFORM pg_notify('tenant', coalesce(changed ->> 'tenant', changed ->> 'id'));
  RETURN NULL;
END $$;
CREATE TRIGGER tenant_changed AFTER INSERT OR UPDATE ON tenant FOR EACH ROW EXECUTE FUNCTION tell_of_tenant();
CREATE TRIGGER signing_key_changed AFTER INSERT OR UPDATE ON signing_key FOR EACH ROW EXECUTE FUNCTION tell_of_tenant();
