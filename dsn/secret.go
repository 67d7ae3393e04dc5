package dsn

import (
	"fmt"
	"io"
	"unique"
)

// redacted stands for a secret in everything that people or machines may read.
const redacted = "..."

// Secret is a password that does not show itself: every fmt verb, JSON and text encoders write "...".
// It promises nothing about memory dumps, and Reveal hands the text out.
//
// The zero value means "not given", which differs from an empty password that was given.
// Secrets are compared with ==.
type Secret struct {
	// A handle, not a string: fmt cannot call methods on unexported fields of somebody else's struct, and would print
	// a string found there. Of a handle it prints an address.
	text unique.Handle[string]
}

// NewSecret keeps text as a secret that was given, also when it is empty.
func NewSecret(text string) Secret { return Secret{text: unique.Make(text)} }

// Given reports whether there is a secret at all.
func (s Secret) Given() bool { return s != Secret{} }

// Reveal returns the text itself, empty when none was given. It is meant for the driver, never for a log.
func (s Secret) Reveal() string {
	if !s.Given() {
		return ""
	}
	return s.text.Value()
}

// String returns "...", or nothing when no secret was given.
func (s Secret) String() string {
	if !s.Given() {
		return ""
	}
	return redacted
}

// Format writes what String returns, whatever the verb and flags.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText writes what String returns; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Equal reports whether both hold the same text, or both hold none.
func (s Secret) Equal(other Secret) bool { return s == other }
