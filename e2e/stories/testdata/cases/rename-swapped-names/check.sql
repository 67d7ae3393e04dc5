SELECT * FROM t WHERE NOT (first <=> -second) OR first > 0;
