-- Grants ended with the relation that they stood on: both people are told, the login that had agreed and the person whose
-- data it was, once a day however many grants they were.
CREATE FUNCTION notice_relation_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  person record;
BEGIN
  FOR person IN
    SELECT NEW.sub AS sub
    UNION
    SELECT m.sub FROM account_member m
     WHERE m.tenant = NEW.tenant AND m.patient = NEW.member AND m.relationship = 'self'
  LOOP
    PERFORM queue_notice(NEW.tenant, person.sub, 'relation-ended',
                         'relation-ended/' || person.sub || '/' || NEW.member || '/' || current_date, NULL);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_relation_notice AFTER UPDATE OF revoked_at ON consent
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.end_reason IN ('relation', 'of-age'))
  EXECUTE FUNCTION notice_relation_ended();

-- Who a person is at a plan, by the person's own data.
CREATE INDEX account_member_self ON account_member (tenant, patient) WHERE relationship = 'self';
