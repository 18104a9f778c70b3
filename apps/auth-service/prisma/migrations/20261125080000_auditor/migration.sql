-- Logins of people who work for the plan. They read the audit trail and see no member's data. The role of a login is
-- set when it is created: no login becomes an auditor's later, and no auditor is ever given a member.
ALTER TABLE account ADD COLUMN role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'auditor'));

CREATE FUNCTION keep_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.role <> OLD.role THEN RAISE EXCEPTION 'a login keeps its role' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_role BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION keep_role();

CREATE FUNCTION refuse_member_of_auditor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM account a WHERE a.tenant = NEW.tenant AND a.sub = NEW.sub AND a.role <> 'member') THEN
    RAISE EXCEPTION 'an auditor sees no member''s data' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse_member_of_auditor BEFORE INSERT OR UPDATE ON account_member
  FOR EACH ROW EXECUTE FUNCTION refuse_member_of_auditor();
