CREATE TABLE t (k VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, n INT NOT NULL);
INSERT INTO t SELECT CONCAT(ELT(1 + i % 4, 'x', 'Y', 'é', 'Z'), ' ', i), i FROM seed.n WHERE i <= 600;
INSERT INTO t VALUES ('a', 1), ('B', 2), ('c', 3), ('D', 4);
