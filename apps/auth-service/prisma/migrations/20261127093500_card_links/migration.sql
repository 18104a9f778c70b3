-- Links to an insurance card that members make (ADR 92). The payload is encrypted with a key that stands in the link alone.
CREATE TABLE card_link (
  tenant text NOT NULL,
  -- what the member's page and the trail call it
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- of the last part of its address, which is stored nowhere
  address_digest text NOT NULL,
  -- whose login made it, and whose card it is
  sub uuid NOT NULL,
  member text NOT NULL,
  coverage text NOT NULL,
  -- the versions of the resources that the card was made of
  basis text NOT NULL,
  -- null once the link has ended before its time
  payload text,
  passcode_hash text,
  -- passcodes that were wrong, in the whole life of the link
  wrong int NOT NULL DEFAULT 0,
  uses int NOT NULL DEFAULT 0,
  max_uses int NOT NULL CHECK (max_uses > 0),
  made_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  until timestamptz NOT NULL,
  ended_at timestamptz,
  -- as of a consent, or `changed`: the card is not what it was
  end_reason text,
  -- when the row is deleted
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, address_digest),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX card_link_of_login ON card_link (tenant, sub, member);
CREATE INDEX card_link_expires ON card_link (expires_at);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON card_link TO %I', current_database() || '_service');
END $$;
