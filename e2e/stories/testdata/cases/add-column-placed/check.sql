SELECT * FROM t WHERE NOT (top <=> 'it''s, top' AND x <=> -1 AND y IS NULL AND mid <=> 9.99) LIMIT 5;
