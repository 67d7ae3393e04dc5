package plan

import "testing"

func TestDifference(t *testing.T) {
	const sent = "CREATE TABLE `db`.`_t_new` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `v` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'ä' COMMENT 'AUTO_INCREMENT=3',\n" +
		"  `ts` timestamp /* mariadb-5.3 */ NULL,\n  PRIMARY KEY (`id`),\n  CONSTRAINT `_b` CHECK (`id` > 0),\n  CONSTRAINT `_a` FOREIGN KEY (`id`) REFERENCES `p` (`id`)\n" +
		") ENGINE=InnoDB AUTO_INCREMENT=512 DEFAULT CHARSET=utf8mb4"
	for rule, c := range map[string]struct{ reported, line, instead string }{
		"the same": {reported: sent},
		"what is no difference": {reported: "CREATE TABLE `_t_new` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `v` varchar(9) COLLATE latin1_bin DEFAULT 'ä' COMMENT 'AUTO_INCREMENT=3',\n" +
			"  `ts` timestamp NULL,\n  PRIMARY KEY (`id`),\n  CONSTRAINT `_a` FOREIGN KEY (`id`) REFERENCES `p` (`id`),\n  CONSTRAINT `_b` CHECK (`id` > 0)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"},
		"another default": {reported: "CREATE TABLE `_t_new` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `v` varchar(9) COLLATE latin1_bin DEFAULT '?' COMMENT 'AUTO_INCREMENT=3',\n",
			line: "`v` varchar(9) COLLATE latin1_bin DEFAULT 'ä' COMMENT 'AUTO_INCREMENT=3'", instead: "`v` varchar(9) COLLATE latin1_bin DEFAULT '?' COMMENT 'AUTO_INCREMENT=3'"},
		"a line is missing": {reported: "CREATE TABLE `_t_new` (\n  `id` int NOT NULL AUTO_INCREMENT", line: "`v` varchar(9) COLLATE latin1_bin DEFAULT 'ä' COMMENT 'AUTO_INCREMENT=3'"},
		"a line too many":   {reported: sent + "\nPARTITION BY KEY (`id`)", line: "CONSTRAINT `_a` FOREIGN KEY (`id`) REFERENCES `p` (`id`)", instead: "PARTITION BY KEY (`id`)"},
	} {
		line, instead, ok := Difference(sent, c.reported)
		if line != c.line || instead != c.instead || ok != (c.line == c.instead) {
			t.Errorf("%s: got %q, %q, %v", rule, line, instead, ok)
		}
	}
}
