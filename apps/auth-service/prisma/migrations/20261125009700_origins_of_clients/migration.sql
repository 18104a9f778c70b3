-- The origins of a client are kept with the client, which is no longer a record of the OpenID Connect engine.
DROP INDEX oidc_record_origins;
ALTER TABLE oidc_record DROP COLUMN origins;
