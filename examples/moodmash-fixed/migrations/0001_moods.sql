CREATE TABLE moods (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  emotion TEXT NOT NULL,
  intensity INTEGER NOT NULL,
  note TEXT NOT NULL,
  logged_at TEXT NOT NULL
);

CREATE INDEX moods_by_user ON moods (user_id, logged_at);
