CREATE TABLE t (k VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, v VARCHAR(20) NULL);
INSERT INTO t SELECT CONCAT(ELT(1 + i % 3, '😀', 'ž', 'a'), ' ', LPAD(i, 4, '0')), CONCAT('漢 ', i) FROM seed.n WHERE i <= 500;
