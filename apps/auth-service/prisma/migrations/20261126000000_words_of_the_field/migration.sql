-- Only names change: columns and tables take the words of docs/glossary.md.
ALTER TABLE consent RENAME COLUMN asked TO requested_scope;
ALTER TABLE consent RENAME COLUMN shown TO snapshot;
ALTER TABLE consent RENAME COLUMN tell_at TO publish_at;
ALTER INDEX consent_to_tell RENAME TO consent_to_publish;

-- Publishes the end of a grant, whichever statement ends it.
DROP TRIGGER consent_ended ON consent;
DROP FUNCTION tell_of_end();
CREATE FUNCTION publish_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.publish_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER consent_ended BEFORE UPDATE OF revoked_at ON consent
  FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION publish_end();

ALTER TABLE throttle RENAME COLUMN told TO reported;

ALTER TABLE sandbox_switch RENAME TO sandbox_fault;
ALTER TABLE sandbox_fault RENAME COLUMN switch TO fault;
ALTER TABLE sandbox_fault RENAME CONSTRAINT sandbox_switch_pkey TO sandbox_fault_pkey;
ALTER TABLE sandbox_fault RENAME CONSTRAINT sandbox_switch_switch_check TO sandbox_fault_fault_check;
ALTER TABLE sandbox_fault RENAME CONSTRAINT sandbox_switch_tenant_fkey TO sandbox_fault_tenant_fkey;
ALTER INDEX sandbox_switch_expiry RENAME TO sandbox_fault_expiry;
