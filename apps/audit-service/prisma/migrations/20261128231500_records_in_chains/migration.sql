-- No verification of a lane reads a record below 1 or in a lane that there is not, but searches find it. NOT VALID reads no
-- record that is stored, so nobody waits. It is not validated afterwards: the verifier looks for such a record at each walk,
-- and names it, while this migration would fail and keep the release out.
ALTER TABLE trail.audit_event ADD CONSTRAINT audit_event_in_chain CHECK (lane BETWEEN 0 AND 15 AND seq >= 1) NOT VALID;

-- As before, but with this condition, without which a table cannot be attached.
CREATE OR REPLACE FUNCTION trail.month_table(name text, first_moment timestamptz, end_moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE trail.%I (LIKE trail.audit_event INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING CONSTRAINTS,
                    CHECK (stored >= %L AND stored < %L))', name, first_moment, end_moment);
  EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail.%I EXECUTE FUNCTION trail.refuse_change()', name);
  EXECUTE format('ALTER TABLE trail.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
END $$;
