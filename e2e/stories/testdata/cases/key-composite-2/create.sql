CREATE TABLE t (shop VARCHAR(20) NOT NULL, no INT NOT NULL, v TEXT NULL, PRIMARY KEY (shop, no), KEY no (no));
INSERT INTO t SELECT CONCAT('Shop ', i % 3), i DIV 3, CONCAT('value ', i) FROM seed.n WHERE i <= 900;
