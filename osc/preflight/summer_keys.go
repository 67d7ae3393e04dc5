package preflight

import (
	"regexp"

	"oscar/osc/schema"
)

// summerKeys refuses, on MySQL, rows that the triggers would find by a TIMESTAMP in a zone with daylight saving time. There MySQL looks a moment up
// by its time of day: of two rows an hour apart it deletes the one of the first hour, or none (seen on 9.7; MariaDB compares the
// moments). Applications are taken to be in the server's own zone.
func summerKeys(a altered) Refusals {
	if a.Server.Flavor != schema.MySQL || a.oneOffset() {
		return nil
	}
	key, _ := a.findKey()
	for _, p := range key {
		if c, ok := a.shadow.Column(p.New); ok && c.DataType == "timestamp" {
			return Refusals{{
				Check: "time zone of a key",
				Why: "the triggers would find rows of the new table by the TIMESTAMP column " + p.Original.SQL() + "; in a time zone with daylight saving time MySQL " +
					"takes a row in the hour that comes twice for one an hour earlier",
				Try: "give the table a primary key without TIMESTAMP first, or set the server's time_zone to '+00:00' or another offset for the time of the change if " +
					"no application sets a zone of its own, or use the server's own ALTER TABLE",
				Kind: Unsupported,
			}}
		}
	}
	return nil
}

// oneOffset reports whether the server's time zone surely has the same offset all year.
func (a altered) oneOffset() bool {
	zone, _ := a.Server.Var("time_zone")
	if zone == "SYSTEM" {
		zone, _ = a.Server.Var("system_time_zone")
	}
	return sameAllYear.MatchString(zone)
}

var sameAllYear = regexp.MustCompile(`^([+-]\d\d:\d\d|UTC|GMT|Etc/.*)$`)
