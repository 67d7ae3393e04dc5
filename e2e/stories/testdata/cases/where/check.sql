SELECT t.id FROM t LEFT JOIN _t_new n USING (id) WHERE (t.id % 3 = 0 OR t.v = 'v700') <> (n.id IS NOT NULL);
SELECT n.id FROM _t_new n LEFT JOIN t USING (id) WHERE NOT t.v <=> n.v;
