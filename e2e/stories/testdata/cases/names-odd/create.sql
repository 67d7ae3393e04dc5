CREATE TABLE `we``ird t-able, $ ünï.x` (`i``d` INT NOT NULL, `se lect` VARCHAR(10) NOT NULL, `da-sh` INT NULL, `do$llar` INT NULL, `ünï?` VARCHAR(30) NULL, `%s %d` INT NULL, `quo"te'` INT NULL,
  PRIMARY KEY (`i``d`, `se lect`), KEY `ke``y` (`da-sh`));
INSERT INTO `we``ird t-able, $ ünï.x` SELECT i, CONCAT('x', i % 7), i, -i, CONCAT('ü', i), i, i FROM seed.n WHERE i <= 500;
