package projection

// schemaVersion is kept in SQLite's user_version. A file of another version is
// deleted and made again from the log: nothing in it exists only there.
const schemaVersion = 6

const schema = `
CREATE TABLE state (
	name  TEXT PRIMARY KEY,   -- 'cursor': next leaf index; 'change': last change number given
	value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE planned (digests TEXT NOT NULL);  -- plant files the results come from, one row

CREATE TABLE tag (
	id    INTEGER PRIMARY KEY,
	tag   TEXT NOT NULL UNIQUE,
	plant TEXT NOT NULL,
	site  TEXT NOT NULL,
	unit  TEXT NOT NULL
);

-- One row for each tag and hour. The key is tag.id << 32 | hours since 1970, so
-- that a range of time of one tag is a range of keys.
CREATE TABLE rollup (
	id       INTEGER PRIMARY KEY,
	revision INTEGER NOT NULL,
	changed  INTEGER NOT NULL,  -- change number of the newest change in the row
	hour     BLOB NOT NULL,     -- the hour's own rollup
	minutes  BLOB NOT NULL      -- its minutes; layout in minutes.go
);

CREATE TABLE closure (
	plant    TEXT NOT NULL,
	from_ns  INTEGER NOT NULL,
	to_ns    INTEGER NOT NULL,
	site     TEXT NOT NULL,
	revision INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	json     BLOB NOT NULL,
	balance  BLOB NOT NULL,     -- the window reconciled, JSON in gzip form
	PRIMARY KEY (plant, from_ns)
);

CREATE TABLE latest (
	tag     TEXT PRIMARY KEY,
	plant   TEXT NOT NULL,
	at      INTEGER NOT NULL,
	value   REAL,
	unit    TEXT NOT NULL,
	quality TEXT NOT NULL
) WITHOUT ROWID;

-- How far each plant's batches reach, and the hours that wait to be computed.
-- An hour of which a batch speaks, or that its readings can act on, is a spoken one.
CREATE TABLE reach (
	plant   TEXT PRIMARY KEY,
	from_ns INTEGER NOT NULL,
	to_ns   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE dirty (
	plant TEXT NOT NULL,
	hour  INTEGER NOT NULL,
	PRIMARY KEY (plant, hour)
) WITHOUT ROWID;
CREATE TABLE spoken (
	plant TEXT NOT NULL,
	hour  INTEGER NOT NULL,
	PRIMARY KEY (plant, hour)
) WITHOUT ROWID;
-- What batches say of a time that the centre's clock has not come to.
CREATE TABLE ahead (
	from_ns INTEGER NOT NULL,
	plant   TEXT NOT NULL,
	leaf    INTEGER NOT NULL,
	to_ns   INTEGER NOT NULL,
	PRIMARY KEY (from_ns, plant, leaf)
) WITHOUT ROWID;

CREATE TABLE batch (
	leaf INTEGER PRIMARY KEY,
	json BLOB NOT NULL
);
CREATE TABLE statement (
	leaf  INTEGER PRIMARY KEY,
	plant TEXT NOT NULL,
	lot   TEXT NOT NULL,
	json  BLOB NOT NULL
);
CREATE TABLE lab (
	leaf INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	body BLOB NOT NULL,
	from_ns INTEGER NOT NULL -- when it was entered, by the centre's clock
);
-- A lot is due when a leaf newer than its last statement speaks of its time.
CREATE TABLE lot (
	plant    TEXT NOT NULL,
	lot      TEXT NOT NULL,
	from_ns  INTEGER NOT NULL,
	to_ns    INTEGER NOT NULL,
	evidence INTEGER NOT NULL,  -- newest leaf that touches it, plus one
	stated   INTEGER NOT NULL,  -- first leaf its last statement does not cover
	PRIMARY KEY (plant, lot)
) WITHOUT ROWID;

-- What InfluxDB was not told yet, newest first: of a tag's hour the minutes
-- changed after change number since; with wipe, what it holds of it goes first.
CREATE TABLE unsent_hour (
	hour    INTEGER NOT NULL,   -- since 1970
	tag     INTEGER NOT NULL,
	since   INTEGER NOT NULL,
	wipe    INTEGER NOT NULL,
	changed INTEGER NOT NULL,   -- change number of the newest change
	PRIMARY KEY (hour DESC, tag)
) WITHOUT ROWID;
CREATE TABLE unsent_window (
	from_ns INTEGER NOT NULL,
	plant   TEXT NOT NULL,
	wipe    INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	PRIMARY KEY (from_ns DESC, plant)
) WITHOUT ROWID;
CREATE TABLE swept (plant TEXT PRIMARY KEY) WITHOUT ROWID; -- plants of which InfluxDB holds nothing from before
CREATE TABLE dead_letter (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	at      INTEGER NOT NULL,
	status  INTEGER NOT NULL,
	message TEXT NOT NULL,
	line    TEXT NOT NULL,
	point   TEXT NOT NULL UNIQUE -- what of the line says where it belongs: series and time
);
`
