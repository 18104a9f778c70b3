-- The origins of a client move to its row, because it is no longer a record of oidc-provider.
DROP INDEX oidc_record_origins;
ALTER TABLE oidc_record DROP COLUMN origins;
