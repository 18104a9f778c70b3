-- Records are marked as used in place. Free room in each page holds the new versions of several rows (HOT updates
-- touch no index).
ALTER TABLE oidc_record SET (fillfactor = 70);
