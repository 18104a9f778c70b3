-- Keys that sign receipts for consents and nothing else (docs/adr/0064). A receipt is checked for as long as its consent is
-- kept, so no key is ever deleted, and the public half is readable without the master key. The key that signs is the one that
-- was not replaced. A key is replaced only because others may know it.
CREATE TABLE receipt_key (
  tenant      text NOT NULL REFERENCES tenant (id),
  kid         text NOT NULL,
  public_jwk  json NOT NULL,
  sealed      bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  replaced_at timestamptz,
  PRIMARY KEY (tenant, kid)
);
CREATE UNIQUE INDEX receipt_key_signing ON receipt_key (tenant) WHERE replaced_at IS NULL;

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE (sealed, replaced_at) ON receipt_key TO %I', current_database() || '_service');
END $$;
