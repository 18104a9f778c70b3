-- Records are used up in place: room in each page for the new versions of several at once (HOT updates touch no index).
ALTER TABLE oidc_record SET (fillfactor = 70);
