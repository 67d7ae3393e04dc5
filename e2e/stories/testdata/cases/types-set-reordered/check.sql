SELECT id, s FROM t WHERE id <= 600 AND s+0 <> (id & 1) * 4 + (id & 2) + (id >> 2 & 1);
