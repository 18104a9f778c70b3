-- A consent of which the member took a part back ends for a narrower one (docs/adr/0089-narrow-a-consent-by-replacing-it.md).
ALTER TABLE consent DROP CONSTRAINT consent_end_reason_check;
ALTER TABLE consent ADD CONSTRAINT consent_end_reason_check CHECK (end_reason IN
  ('member', 'app', 'plan', 'password', 'reuse', 'relation', 'of-age', 'coverage',
   'death', 'not-before', 'restore', 'narrowed'));
