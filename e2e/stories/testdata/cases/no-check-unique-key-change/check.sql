SELECT 'rows', COUNT(*) FROM _t_new HAVING COUNT(*) <> 480;
SELECT * FROM _t_new n LEFT JOIN t USING (id) WHERE t.id IS NULL OR n.a <> t.a;
