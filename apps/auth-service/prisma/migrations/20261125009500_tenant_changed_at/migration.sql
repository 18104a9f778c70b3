-- When the facts that the plan publishes about itself were last changed.
ALTER TABLE tenant ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();

CREATE FUNCTION note_tenant_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER tenant_changed_at BEFORE UPDATE ON tenant
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION note_tenant_change();
