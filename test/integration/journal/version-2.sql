-- A journal as version 2 of its schema was written: its file, dumped as SQL.
PRAGMA application_id = 1163348556;
PRAGMA user_version = 2;
CREATE TABLE alerts (id TEXT PRIMARY KEY, state TEXT NOT NULL, priority TEXT NOT NULL, model TEXT NOT NULL, rule TEXT NOT NULL,
    asset TEXT NOT NULL, raised_ms INTEGER NOT NULL, real INTEGER, json TEXT NOT NULL) STRICT;
INSERT INTO alerts VALUES ('alert-1', 'unacknowledged', 'high', 'machine-failure', 'failure', 'press-1', 1793599200000, NULL, '{"id":"alert-1","state":"unacknowledged","priority":"high","model":{"id":"machine-failure","version":"1.2.0","title":"Machine failure"},"rule":"failure","asset":"press-1","title":"Failure likely","cause":"Wear","consequence":"The part is scrapped","actions":["Stop the press"],"owner":"maintenance","direction":"above","raiseLevel":0.5,"clearLevel":0.4,"score":0.8,"readingId":"r","contributions":[],"trackRecord":{"real":0,"answered":0},"raisedAt":"2026-11-02T06:00:00.000Z","respondWithinMin":10,"respondBy":"2026-11-02T06:10:00.000Z"}');
CREATE TABLE block_sources (source INTEGER NOT NULL, to_ms INTEGER NOT NULL, block INTEGER NOT NULL, from_ms INTEGER NOT NULL, assets BLOB,
    PRIMARY KEY (source, to_ms, block)) STRICT, WITHOUT ROWID;
INSERT INTO block_sources VALUES (1, 1793599200000, 2, 1793599200000, NULL);
INSERT INTO block_sources VALUES (2, 1793599200000, 2, 1793599200000, NULL);
CREATE TABLE blocks (id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, epoch_n INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, model INTEGER, shape INTEGER,
    sha256 BLOB NOT NULL, prev BLOB NOT NULL, digest BLOB NOT NULL, payload BLOB, UNIQUE (stream, epoch_n, first)) STRICT;
INSERT INTO blocks VALUES (1, 3, 1, 1, 2, 1793599200000, 'record', 1, 1, x'6dc39d122456ac1a2d89ba21a1259cc41bace490471c4c64a1da25721de77771', x'02ce6fbf1bbacb03215dd21dfbcd3f82a8515eefdced83ca2be392c6c3f6f74b', x'ae31d03870aa58ce08be14a86295efb588abbd19bde17b068e06923a5e7ae6b9', NULL);
INSERT INTO blocks VALUES (2, 3, 1, 3, 3, 1793599260000, 'record', 1, 1, x'7c50ce112a1742cf5a73222d279f51202281d0c55c6bbd2899d255dcf2e5ceac', x'ae31d03870aa58ce08be14a86295efb588abbd19bde17b068e06923a5e7ae6b9', x'aac2938f71471dca0d0a89affc7223c5d4686a17e15609e4f82d24991a9e2479', x'01000000680000007b22726f7773223a312c22636f6c756d6e73223a5b5b313739333539393230303030305d2c5b315d2c5b302e355d2c5b315d2c5b226132225d2c5b2270726573732d31225d2c5b302e37355d2c5b302e32355d2c5b224e614e225d2c5b313430305d2c5b305d5d7d');
INSERT INTO blocks VALUES (3, 0, 1, 1, 1, 1793599260000, 'raised', NULL, NULL, x'efac1242d75f32d6626cc7fb10f6b0b26c02cb1ec13336bb1504fbd7d8c0c7e3', x'1efece1eb10080d3540397847dcf856d8d947af04aa5ff624a4600eee7d4a761', x'f50ab53347babb9ed76fb1d88018357b72db188968732c0d38fa3d7d2204dd8c', x'5b7b226b696e64223a22726169736564222c2274696d654d73223a313739333539393230303030302c226279223a2272756e74696d65222c22626f6479223a7b2269223a317d7d5d');
INSERT INTO blocks VALUES (4, 0, 1, 2, 2, 1793599260000, 'gap', NULL, NULL, x'60412f3d123c71cb18d9a3e25a44cb54e26aea817eb2f13dbf952202415caef3', x'f50ab53347babb9ed76fb1d88018357b72db188968732c0d38fa3d7d2204dd8c', x'b769f79ab08dd777f2faed15f88e09bfc88d6080fae5c434f0772e30a60ddfe6', x'5b7b226b696e64223a22676170222c2274696d654d73223a313739333539393236303030312c226279223a2272756e74696d65222c22626f6479223a7b2273747265616d223a22696e666572656e6365222c2265706f6368223a2232323232323232322d323232322d343232322d383232322d323232323232323232323232222c226d6f64656c223a226d616368696e652d6661696c757265222c226669727374223a312c226c617374223a322c22726f7773223a322c22776879223a22726574656e74696f6e227d7d5d');
CREATE TABLE epochs (n INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, started_ms INTEGER NOT NULL, why TEXT NOT NULL,
    tips TEXT NOT NULL) STRICT;
INSERT INTO epochs VALUES (1, '22222222-2222-4222-8222-222222222222', 1793599200000, 'created', '[]');
CREATE TABLE event_kinds (stream INTEGER NOT NULL, kind TEXT NOT NULL, epoch_n INTEGER NOT NULL, first INTEGER NOT NULL,
    PRIMARY KEY (stream, kind, epoch_n, first)) STRICT, WITHOUT ROWID;
INSERT INTO event_kinds VALUES (0, 'gap', 1, 2);
INSERT INTO event_kinds VALUES (0, 'raised', 1, 1);
CREATE TABLE heads (stream INTEGER PRIMARY KEY, seq INTEGER NOT NULL, digest BLOB NOT NULL, blocks INTEGER NOT NULL,
    rows INTEGER NOT NULL) STRICT;
INSERT INTO heads VALUES (0, 2, x'b769f79ab08dd777f2faed15f88e09bfc88d6080fae5c434f0772e30a60ddfe6', 2, 2);
INSERT INTO heads VALUES (1, 0, x'26ff5844685d80453d8fb018f7ee5cc8ebfc7cbeae33f633a69e1c2c394c5287', 0, 0);
INSERT INTO heads VALUES (2, 0, x'1110ab56301fc05dcd953d65ee8f0a744a799a696cc26341f56188c0b4acd5d4', 0, 0);
INSERT INTO heads VALUES (3, 3, x'aac2938f71471dca0d0a89affc7223c5d4686a17e15609e4f82d24991a9e2479', 2, 3);
INSERT INTO heads VALUES (4, 0, x'829ae257a226cd8d71a4d16deb19e1671b961a4f606a0f5be48fd2ef74bfa96b', 0, 0);
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('created_ms', 1793599200000);
INSERT INTO meta VALUES ('opens', 1);
CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO models VALUES (1, 'machine-failure');
CREATE TABLE reading_ids (id TEXT NOT NULL, model INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (id, model))
    STRICT, WITHOUT ROWID;
INSERT INTO reading_ids VALUES ('a2', 1, 2);
CREATE TABLE shapes (id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT;
INSERT INTO shapes VALUES (1, 'b0d8d3055952475f4c3b157b2baea68799b50e51e1c258f7734bae73bf67f6e5', '{"model":"machine-failure","version":"1.2.0","provider":"cpu","features":[{"name":"temperature"},{"name":"speed"},{"name":"grade","words":{"0":"low","1":"high"}}],"scoreNames":["ok","failure"],"outputKind":"binary"}');
CREATE TABLE sources (id INTEGER PRIMARY KEY, model INTEGER NOT NULL, name TEXT NOT NULL, span_ms INTEGER NOT NULL,
    UNIQUE (model, name)) STRICT;
INSERT INTO sources VALUES (1, 1, '*', 1024);
INSERT INTO sources VALUES (2, 1, '=press-1', 0);
INSERT INTO sources VALUES (3, 1, '=press-2', 0);
CREATE TABLE state (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO state VALUES ('slot', '{"version":"1.2.0"}');
CREATE INDEX alerts_answered ON alerts (model, rule, real, raised_ms) WHERE real IS NOT NULL;
CREATE INDEX alerts_by_state ON alerts (state, raised_ms, id);
CREATE INDEX blocks_kept ON blocks (model) WHERE model IS NOT NULL AND payload IS NOT NULL;
