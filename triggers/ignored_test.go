package triggers

import (
	"strings"
	"testing"

	"oscar/osc/ident"
)

func TestIgnored(t *testing.T) {
	db := ident.Table{Schema: "d", Name: "t"}
	body := func(i Ignored) string {
		return Spec{Table: db, Shadow: db.Sibling("_t_new"), Columns: same("id", "k", "v"), Key: same("id"), Ignored: i}.Triggers()[1].Body
	}
	const does = "DELETE IGNORE FROM `d`.`_t_new` WHERE NOT (OLD.`id` <=> NEW.`id`) AND `d`.`_t_new`.`id` <=> OLD.`id`; " +
		"REPLACE INTO `d`.`_t_new` (`id`, `k`, `v`) VALUES (NEW.`id`, NEW.`k`, NEW.`v`)"
	const moved = "(NOT (OLD.`id` <=> NEW.`id`) AND NOT EXISTS (SELECT 1 FROM `d`.`t` oscar WHERE oscar.`id` = OLD.`id` LOCK IN SHARE MODE))"
	for name, test := range map[string]struct {
		given Ignored
		want  string
	}{
		"a server that does not fire": {Ignored{Keys: ident.Names("id", "k")}, "BEGIN " + does + "; END"},
		"one key":                     {Ignored{Fires: true, Keys: ident.Names("ID")}, "BEGIN IF (OLD.`id` <=> NEW.`id`) OR " + moved + " THEN " + does + "; END IF; END"},
		"another unique key": {Ignored{Fires: true, Keys: ident.Names("id", "k")}, "BEGIN IF (OLD.`id` <=> NEW.`id` AND EXISTS (SELECT 1 FROM `d`.`t` oscar WHERE oscar.`id` = NEW.`id` AND " +
			"(oscar.`k` = NEW.`k` OR oscar.`k` IS NULL AND NEW.`k` IS NULL) LOCK IN SHARE MODE)) OR " + moved + " THEN " + does + "; END IF; END"},
	} {
		if got := body(test.given); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", name, got, test.want)
		}
	}
	for _, other := range []int{0, 2} {
		if text := (Spec{Table: db, Columns: same("id"), Key: same("id"), Ignored: Ignored{Fires: true}}).Triggers()[other].Body; strings.Contains(text, "oscar") {
			t.Errorf("trigger %d looks at the row: %s", other, text)
		}
	}
}
