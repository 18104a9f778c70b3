-- What a member was shown (canonical JSON, see src/consent/shown.ts) beside the decision, and the sensitive data that
-- it releases: the categories as the member knows them, and the labels (`system|code`) that they stood for that day.
ALTER TABLE consent
  ADD COLUMN shown text NOT NULL DEFAULT '{}',
  ADD COLUMN sensitive text[] NOT NULL DEFAULT '{}',
  ADD COLUMN sensitive_labels text[] NOT NULL DEFAULT '{}';
