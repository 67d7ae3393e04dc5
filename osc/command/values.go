package command

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"oscar/osc"
)

// The messages of this file are pt-online-schema-change's where it has one, so they begin with a capital letter.

var sizeForm = regexp.MustCompile(`^([+-]?)(\d+)([kMG]?)$`)

// parseSize reads digits with k, M or G behind, powers of 1024. Sizes here count rows, so one is the least.
func parseSize(name, s string) (int64, error) {
	invalid := fmt.Errorf("Invalid size for --%s: %s", name, s) //nolint:staticcheck // see above
	m := sizeForm.FindStringSubmatch(s)
	if m == nil || m[1] == "-" {
		return 0, invalid
	}
	n, err := strconv.ParseInt(m[2], 10, 64)
	unit := map[string]int64{"": 1, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}[m[3]]
	if err != nil || n < 1 || n > math.MaxInt64/unit {
		return 0, invalid
	}
	return n * unit, nil
}

var timeForm = regexp.MustCompile(`^(\d+)([smhd]?)$`)

// The longest time an option can mean: a hundred years. It keeps sums of times far from overflow.
const forever = 100 * 365 * 24 * time.Hour

// parseTime reads digits with s, m, h or d behind; none means seconds.
func parseTime(name, s string) (time.Duration, error) {
	m := timeForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("Invalid time suffix for --%s: %s (write a number with s, m, h or d)", name, s) //nolint:staticcheck // see above
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	if err != nil || n > int64(forever/unit) {
		return 0, fmt.Errorf("Invalid time for --%s: %s is too long", name, s) //nolint:staticcheck // see above
	}
	return time.Duration(n) * unit, nil
}

// parseReal reads a number that is not negative.
func parseReal(name, s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0, fmt.Errorf("Value %q invalid for option %s (a number of 0 or more expected)", s, name) //nolint:staticcheck // see above
	}
	return v, nil
}

// parseThreads reads how many sessions do a thing at once.
func parseThreads(name, s string) (int, error) { return parseWhole(name, s, 16) }

func parseAsks(name, s string) (int, error) { return parseWhole(name, s, 1000) }

func parseWhole(name, s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("Value %q invalid for option %s (a whole number from 1 to %d expected)", s, name, most) //nolint:staticcheck // see above
	}
	return n, nil
}

// parseSeconds reads seconds with a fraction.
func parseSeconds(name, s string) (time.Duration, error) {
	v, err := parseReal(name, s)
	if err != nil {
		return 0, err
	}
	if v > forever.Seconds() {
		return 0, fmt.Errorf("Value %q invalid for option %s (too long)", s, name) //nolint:staticcheck // see above
	}
	return time.Duration(math.Round(v * float64(time.Second))), nil
}

// parseList splits at each comma that has no backslash before it, and eats the spaces after the comma. The backslash stays: whoever reads the
// part takes it away.
func parseList(s string) []string {
	if s == "" {
		return nil
	}
	var parts []string
	start := 0
	for i := range len(s) {
		if s[i] == ',' && (i == 0 || s[i-1] != '\\') {
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	parts = append(parts, s[start:])
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.TrimLeft(parts[i], " \t\n")
	}
	return parts
}

// parseTries reads "operation:tries:wait" parts over the defaults. As in pt-online-schema-change no part may be 0.
func parseTries(parts []string) (osc.Tries, error) {
	tries := osc.DefaultTries()
	var errs []error
	for _, part := range parts {
		fields := strings.Split(part, ":")
		if len(fields) != 3 {
			errs = append(errs, badTries(part))
			continue
		}
		op := osc.Operation(fields[0])
		if _, known := tries[op]; !known {
			errs = append(errs, fmt.Errorf("Invalid --tries operation: %s", fields[0])) //nolint:staticcheck // see above
			continue
		}
		times, err := strconv.ParseInt(fields[1], 10, 32)
		wait, waitErr := parseSeconds("tries", fields[2])
		if err != nil || times < 1 || waitErr != nil || wait <= 0 {
			errs = append(errs, badTries(part))
			continue
		}
		tries[op] = osc.Try{Times: int(times), Wait: wait}
	}
	return tries, errors.Join(errs...)
}

func badTries(part string) error {
	return fmt.Errorf("Invalid --tries value: %s (write operation:tries:wait, each more than 0)", part) //nolint:staticcheck // see above
}
