-- E-mail: addresses of logins, the outbox of mails, and what the reader of a mail may do once (ADR 57).

-- An address is stored only when it is confirmed. The language is that of the last login.
ALTER TABLE account
  ADD COLUMN email text,
  ADD COLUMN email_source text CHECK (email_source IN ('plan', 'member', 'provider')),
  ADD COLUMN language text,
  ADD CONSTRAINT account_email_has_source CHECK ((email IS NULL) = (email_source IS NULL));
CREATE INDEX account_email ON account (tenant, email);

-- One row for each fact that a person is told. See src/domain/mail/mail-worker.ts.
CREATE TABLE mail (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  tenant text NOT NULL REFERENCES tenant (id),
  kind text NOT NULL,
  fact text NOT NULL,
  sub uuid,
  address text,
  language text,
  about bytea,
  request_id uuid,
  client_address text,
  created_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL DEFAULT now(),
  give_up_at timestamptz NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  outcome text CHECK (outcome IN ('sent', 'failed', 'dropped')),
  ended_at timestamptz,
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  UNIQUE (tenant, fact),
  CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX mail_due ON mail (due_at) WHERE ended_at IS NULL;
CREATE INDEX mail_sub ON mail (tenant, sub);
CREATE INDEX mail_expiry ON mail (expires_at);

-- id: of a link the SHA-256 of its token; of a code an HMAC. A row is deleted when it is used.
CREATE TABLE mail_ticket (
  tenant text NOT NULL,
  id text NOT NULL,
  purpose text NOT NULL,
  sub uuid NOT NULL,
  address text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX mail_ticket_sub ON mail_ticket (tenant, sub);
CREATE INDEX mail_ticket_expiry ON mail_ticket (expires_at);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON mail, mail_ticket TO %I', current_database() || '_service');
END $$;

-- Notices are queued by triggers, in the transaction of the fact itself: whichever statement changes something, none can
-- forget to tell the member. A fact that was told already is not told again.
CREATE FUNCTION queue_notice(in_tenant text, in_sub uuid, in_kind text, in_fact text, in_address text) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO mail (tenant, kind, fact, sub, address, give_up_at)
  SELECT in_tenant, in_kind, in_fact, in_sub, in_address, now() + interval '3 days'
   WHERE EXISTS (SELECT FROM tenant WHERE id = in_tenant AND settings ? 'mail')
     AND (in_address IS NOT NULL
          OR EXISTS (SELECT FROM account WHERE tenant = in_tenant AND sub = in_sub AND email IS NOT NULL))
  ON CONFLICT DO NOTHING
$$;

-- A new app: one that this login never connected, or whose last connection was ended by somebody and did not just expire.
CREATE FUNCTION notice_app_connected() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before record;
BEGIN
  SELECT end_reason INTO before FROM consent
   WHERE tenant = NEW.tenant AND sub = NEW.sub AND client_id = NEW.client_id AND grant_id <> NEW.grant_id
   ORDER BY granted_at DESC LIMIT 1;
  IF NOT FOUND OR before.end_reason <> 'app' THEN
    PERFORM queue_notice(NEW.tenant, NEW.sub, 'app-connected', 'app-connected/' || NEW.grant_id, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_notice AFTER INSERT ON consent FOR EACH ROW EXECUTE FUNCTION notice_app_connected();

CREATE FUNCTION notice_connection_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM queue_notice(NEW.tenant, NEW.sub, 'connection-ended', 'connection-ended/' || NEW.grant_id, NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER consent_reuse_notice AFTER UPDATE OF revoked_at ON consent
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL AND NEW.end_reason = 'reuse')
  EXECUTE FUNCTION notice_connection_ended();

-- What a mail allowed before ends with a new password and with a new address.
CREATE FUNCTION account_security_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  fact text := NEW.sub || '/' || pg_current_xact_id();
BEGIN
  DELETE FROM mail_ticket WHERE tenant = NEW.tenant AND sub = NEW.sub;
  IF OLD.password_hash IS DISTINCT FROM NEW.password_hash THEN
    PERFORM queue_notice(NEW.tenant, NEW.sub, 'password-changed', 'password-changed/' || fact, NULL);
  END IF;
  IF OLD.email IS DISTINCT FROM NEW.email AND OLD.email IS NOT NULL THEN
    PERFORM queue_notice(NEW.tenant, NEW.sub, 'address-changed', 'address-changed/' || fact, OLD.email);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_security AFTER UPDATE ON account
  FOR EACH ROW WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash OR OLD.email IS DISTINCT FROM NEW.email)
  EXECUTE FUNCTION account_security_changed();

-- The step of the last code changes at every login, so only a new and a removed factor count; a replaced one is told once.
CREATE FUNCTION notice_factor_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  factor second_factor;
BEGIN
  IF TG_OP = 'DELETE' THEN factor := OLD; ELSE factor := NEW; END IF;
  PERFORM queue_notice(
    factor.tenant, factor.sub, 'factor-changed', 'factor-changed/' || factor.sub || '/' || pg_current_xact_id(), NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER second_factor_notice AFTER INSERT OR DELETE OR UPDATE OF sealed ON second_factor
  FOR EACH ROW EXECUTE FUNCTION notice_factor_changed();

-- When the member is told that a consent ends: 14 days before, for one that lasts longer than that.
ALTER TABLE consent ADD COLUMN remind_at timestamptz;
UPDATE consent SET remind_at = until - interval '14 days'
 WHERE revoked_at IS NULL AND until > now() AND until - granted_at > interval '14 days';
CREATE INDEX consent_to_remind ON consent (remind_at) WHERE remind_at IS NOT NULL;

CREATE FUNCTION set_remind_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.until - NEW.granted_at > interval '14 days' THEN
    NEW.remind_at := NEW.until - interval '14 days';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_remind_at BEFORE INSERT ON consent FOR EACH ROW EXECUTE FUNCTION set_remind_at();

DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (remind_at) ON consent TO %I', current_database() || '_service');
END $$;
