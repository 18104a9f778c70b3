-- The page that was shown to the member (canonical JSON, see src/domain/consent/consent-snapshot.ts), and the
-- sensitive data that the consent releases: the categories as the member knows them, and the labels (`system|code`)
-- of these categories on that day.
ALTER TABLE consent
  ADD COLUMN shown text NOT NULL DEFAULT '{}',
  ADD COLUMN sensitive text[] NOT NULL DEFAULT '{}',
  ADD COLUMN sensitive_labels text[] NOT NULL DEFAULT '{}';
