-- Auditors who log in at the plan's identity provider. The same person may be a member too: that is another account.
CREATE TABLE auditor_identity (
  tenant text NOT NULL,
  iss text NOT NULL,
  subject text NOT NULL,
  sub uuid NOT NULL,
  PRIMARY KEY (tenant, iss, subject),
  FOREIGN KEY (tenant, sub) REFERENCES account (tenant, sub) ON DELETE CASCADE
);
CREATE INDEX auditor_identity_sub ON auditor_identity (tenant, sub);
CREATE INDEX auditor_identity_subject ON auditor_identity (tenant, subject);

-- A login with a password for the day on which the identity provider is away. Each use raises an alarm.
ALTER TABLE account ADD COLUMN break_glass boolean NOT NULL DEFAULT false CHECK (role = 'auditor' OR NOT break_glass);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON auditor_identity TO %I', current_database() || '_service');
END $$;
