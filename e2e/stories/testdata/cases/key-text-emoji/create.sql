CREATE TABLE t (k VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL PRIMARY KEY, n INT NOT NULL);
INSERT INTO t SELECT CONCAT(ELT(1 + i % 6, '😀', 'A', 'b', 'é', '漢', '\\'''), ' ', i), i FROM seed.n WHERE i <= 700;
