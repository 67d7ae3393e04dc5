SELECT id, new_name FROM t WHERE keep_me = id AND id <= 700 AND id % 5 <> 0 AND new_name IS NULL LIMIT 0;
