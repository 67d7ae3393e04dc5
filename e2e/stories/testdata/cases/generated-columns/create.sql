CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, v VARCHAR(40) NOT NULL,
  virt BIGINT AS (a * 2) VIRTUAL, saved VARCHAR(60) AS (CONCAT(v, '-', a)) STORED, KEY virt (virt), UNIQUE KEY saved (saved, id));
INSERT INTO t (id, a, v) SELECT i, i, CONCAT('v', i) FROM seed.n WHERE i <= 600;
