// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/version_2.h"

namespace contimg::queue {

// A group has thousands of shares (4560 baselines), so they are stored packed, one row a
// dimension, and flag_stats unpacks them.
const char* const kVersion2 = R"sql(
CREATE TABLE flag_shares (
  group_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  dim TEXT NOT NULL,
  shares TEXT NOT NULL CHECK (json_valid(shares)),
  recorded_at REAL NOT NULL,
  PRIMARY KEY (group_id, stage, dim)
);

CREATE VIEW flag_stats AS
  SELECT group_id, stage, dim,
         CASE dim WHEN 'reason' THEN 'all' ELSE share.key END AS key,
         CASE dim WHEN 'reason' THEN share.key ELSE 'any' END AS reason,
         share.value AS frac, recorded_at
  FROM flag_shares, json_each(flag_shares.shares) AS share;

CREATE TRIGGER group_deleted_flag_shares AFTER DELETE ON ingest_queue BEGIN
  DELETE FROM flag_shares WHERE group_id = OLD.group_id;
END;
)sql";

}  // namespace contimg::queue
