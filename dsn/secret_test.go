package dsn

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const hidden = "hunter2-in-the-open"

func TestNoVerbShowsThePassword(t *testing.T) {
	d := DSN{Host: "db1", Password: NewSecret(hidden)}
	// fmt cannot call methods on an unexported field, so this holder is the hard case.
	type holder struct {
		Open   DSN
		inside DSN
		secret Secret
		Ptr    *DSN
		list   []Secret
	}
	h := holder{d, d, d.Password, &d, []Secret{d.Password}}
	values := map[string]any{
		"secret": d.Password, "pointer to secret": &d.Password, "DSN": d, "pointer to DSN": &d,
		"holder": h, "pointer to holder": &h, "slice": []DSN{d}, "map": map[string]DSN{"x": d}, "map key": map[DSN]int{d: 1},
	}
	for name, v := range values {
		for verb := 'A'; verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20", ".3", "+#"} {
				format := "%" + flags + string(verb)
				got := fmt.Sprintf(format, v)
				if leaks(got) {
					t.Errorf("%s of the %s shows the password: %s", format, name, got)
				}
			}
		}
	}
}

// leaks looks for the password as text and in the forms of %x and %X.
func leaks(s string) bool {
	return strings.Contains(s, hidden) || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", hidden)) ||
		strings.Contains(strings.ToLower(s), fmt.Sprintf("% x", hidden))
}

func TestEncodersWriteDots(t *testing.T) {
	d := DSN{Host: "db1", Password: NewSecret(hidden)}
	asJSON, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if leaks(string(asJSON)) || !strings.Contains(string(asJSON), `"Password":"..."`) {
		t.Errorf("got  %s\nwant the password as dots", asJSON)
	}
	asXML, err := xml.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if leaks(string(asXML)) || !strings.Contains(string(asXML), `<Password>...</Password>`) {
		t.Errorf("got  %s\nwant the password as dots", asXML)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "dsn", d, "secret", d.Password)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "dsn", d, "secret", d.Password)
	if leaks(log.String()) {
		t.Errorf("slog shows the password: %s", log.String())
	}
	if err := fmt.Errorf("connect %v: %w", d, errors.New("refused")); leaks(err.Error()) {
		t.Errorf("an error shows the password: %v", err)
	}
}

func TestSecretsAreValues(t *testing.T) {
	var none Secret
	empty, a := NewSecret(""), NewSecret("a")
	if none.Given() || !empty.Given() || !a.Given() {
		t.Errorf("Given: none=%v empty=%v a=%v", none.Given(), empty.Given(), a.Given())
	}
	if none == empty || a != NewSecret("a") || a == empty || !a.Equal(NewSecret("a")) {
		t.Error("secrets must be equal exactly when they hold the same text, and none is not the empty one")
	}
	if none.Reveal() != "" || a.Reveal() != "a" {
		t.Errorf("Reveal: none=%q a=%q", none.Reveal(), a.Reveal())
	}
	if got := fmt.Sprintf("%v|%s|%v", none, empty, a); got != "|...|..." {
		t.Errorf("got  %s\nwant |...|...", got)
	}
}
