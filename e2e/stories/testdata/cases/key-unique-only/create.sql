CREATE TABLE t (code VARCHAR(12) NOT NULL, n INT NULL, v VARCHAR(20) NULL, UNIQUE KEY code (code), KEY n (n));
INSERT INTO t SELECT CONCAT('c', LPAD(i * 37 % 1009, 5, '0'), i), i, 'v' FROM seed.n WHERE i <= 700;
