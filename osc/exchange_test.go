package osc

import (
	"slices"
	"testing"
)

// RENAME TABLE changes names of constraints, and no more of a definition.
func TestNameless(t *testing.T) {
	const before = "CREATE TABLE `t` (\n  `id` int,\n  `a` int COMMENT 'x AUTO_INCREMENT=3',\n  KEY `a` (`a`),\n  CONSTRAINT `t_ibfk_1` FOREIGN KEY (`a`) REFERENCES `p` (`id`),\n" +
		"  CONSTRAINT `b` FOREIGN KEY (`id`) REFERENCES `q` (`id`)\n) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=latin1"
	const after = "CREATE TABLE `_t_old` (\n  `id` int,\n  `a` int COMMENT 'x AUTO_INCREMENT=3',\n  KEY `a` (`a`),\n  CONSTRAINT `b` FOREIGN KEY (`id`) REFERENCES `q` (`id`),\n" +
		"  CONSTRAINT `_t_old_ibfk_1` FOREIGN KEY (`a`) REFERENCES `p` (`id`)\n) ENGINE=InnoDB AUTO_INCREMENT=9 DEFAULT CHARSET=latin1"
	const other = "CREATE TABLE `_t_old` (\n  `id` int,\n  `a` int COMMENT 'x AUTO_INCREMENT=4',\n  KEY `a` (`a`)\n) ENGINE=InnoDB DEFAULT CHARSET=latin1"
	if a, b := nameless(before), nameless(after); !slices.Equal(a, b) {
		t.Errorf("\n got %q\nwant %q", b, a)
	}
	if slices.Equal(nameless(before), nameless(other)) {
		t.Error("another comment is no difference")
	}
}
