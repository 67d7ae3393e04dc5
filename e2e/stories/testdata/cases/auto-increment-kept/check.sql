SELECT 'id 0 is gone' FROM seed.n WHERE i = 1 AND NOT EXISTS (SELECT 1 FROM t WHERE id = 0 AND v = 'v1');
INSERT INTO t (v) VALUES ('next');
SELECT MAX(id) FROM t HAVING MAX(id) <> 5000;
