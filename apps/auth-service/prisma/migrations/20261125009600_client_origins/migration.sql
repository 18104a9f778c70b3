-- Origins of the web pages from which a browser app may call: those of its redirect URIs.
ALTER TABLE oidc_record ADD COLUMN origins text[];
UPDATE oidc_record SET origins = ARRAY(
  SELECT DISTINCT substring(uri FROM '^https?://[^/?#]+') FROM json_array_elements_text(payload::json -> 'redirect_uris') AS uri
   WHERE uri ~ '^https?://')
 WHERE model = 'Client' AND json_typeof(payload::json -> 'redirect_uris') = 'array';
CREATE INDEX oidc_record_origins ON oidc_record USING gin (origins) WHERE model = 'Client';
