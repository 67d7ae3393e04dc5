CREATE TABLE `order` (`primary` INT NOT NULL AUTO_INCREMENT, `select` VARCHAR(20) NULL, `group` INT NULL, `table` TEXT NULL, PRIMARY KEY (`primary`), KEY `index` (`group`));
INSERT INTO `order` SELECT i, CONCAT('s', i), i, 'text' FROM seed.n WHERE i <= 500;
