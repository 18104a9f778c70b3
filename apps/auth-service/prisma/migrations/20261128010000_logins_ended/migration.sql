-- How often all logins of an account, or one, were ended. A login that began before the last time makes no session any more
-- (src/domain/accounts/sessions.ts).
ALTER TABLE account ADD COLUMN logins_ended integer NOT NULL DEFAULT 0;
