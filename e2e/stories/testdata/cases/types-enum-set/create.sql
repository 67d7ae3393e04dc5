CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  e ENUM('new','it''s','a,b','ÄÖ') NOT NULL, e2 ENUM('x','y') NULL, s SET('red','green','blue') NOT NULL, s2 SET('1','2') NULL);
INSERT INTO t SELECT i, 1 + i % 4, NULLIF(i % 3, 0), i % 8, NULL FROM seed.n WHERE i <= 600;
