-- A link to an insurance card stands on the relation of the login to the person, as a grant does (ADR 61, 92). What has ended stays
-- ended: a relation that comes back does not open the links of before, and what they held is erased.
CREATE FUNCTION end_card_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE card_link
     SET ended_at = now(), payload = NULL,
         end_reason = CASE WHEN OLD.ends_at <= now() THEN OLD.ends_by WHEN TG_OP = 'DELETE' THEN 'relation' ELSE NEW.ends_by END
   WHERE tenant = OLD.tenant AND sub = OLD.sub AND member = OLD.patient AND ended_at IS NULL AND until > now();
  RETURN NULL;
END $$;
CREATE TRIGGER relation_ends_card_links AFTER DELETE ON account_member
  FOR EACH ROW EXECUTE FUNCTION end_card_links();
-- A relation whose time is over may be given more of it.
CREATE TRIGGER changed_relation_ends_card_links AFTER UPDATE ON account_member
  FOR EACH ROW WHEN (least(OLD.ends_at, NEW.ends_at) <= now()) EXECUTE FUNCTION end_card_links();

-- Links of before.
UPDATE card_link l SET ended_at = now(), payload = NULL, end_reason = 'relation'
 WHERE l.ended_at IS NULL AND l.until > now()
   AND NOT EXISTS (SELECT FROM account_member m
                    WHERE m.tenant = l.tenant AND m.sub = l.sub AND m.patient = l.member
                      AND (m.ends_at IS NULL OR m.ends_at > now()));
