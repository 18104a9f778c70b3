-- What developers apply for at plans where an app needs the plan's approval (ADR 84).
CREATE TABLE application (
  tenant text NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  developer uuid NOT NULL,
  -- the app: made by the approval, or there already if a change of it is proposed
  client text,
  is_change boolean NOT NULL,
  state text NOT NULL DEFAULT 'submitted'
    CHECK (state IN ('submitted', 'asked-back', 'approved', 'rejected', 'withdrawn')),
  -- client metadata, answers and scope: see src/domain/applications/content.ts
  content jsonb NOT NULL,
  -- of the plan's staff, to the developer
  words text,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id),
  -- an application ends with the account that it is of
  FOREIGN KEY (tenant, developer) REFERENCES developer (tenant, id) ON DELETE CASCADE,
  CHECK (client IS NOT NULL OR (NOT is_change AND state <> 'approved'))
);
CREATE INDEX application_developer ON application (tenant, developer);
CREATE INDEX application_state ON application (tenant, state, created_at);
-- of one app there is one proposal at a time
CREATE UNIQUE INDEX application_open_change ON application (tenant, client)
  WHERE is_change AND state IN ('submitted', 'asked-back');

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON application TO %I', current_database() || '_service');
END $$;
