CREATE TABLE t (e ENUM('zebra','ant','Mouse') NOT NULL, s SET('p','q','r') NOT NULL, n INT NOT NULL, v INT NULL, PRIMARY KEY (e, s, n));
INSERT INTO t SELECT 1 + i % 3, i % 8, i, i FROM seed.n WHERE i <= 600;
