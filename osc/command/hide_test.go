//go:build linux

package command

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestPasswordsLeaveTheProcessList(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"glued":                   {[]string{"-pgeheim", "D=d,t=t"}, "-pxxxxxx D=d,t=t"},
		"as the next word":        {[]string{"--password", "geheim", "D=d,t=t"}, "--password xxxxxx D=d,t=t"},
		"after an equals sign":    {[]string{"--passw=geheim", "D=d,t=t"}, "--passw=xxxxxx D=d,t=t"},
		"of replicas":             {[]string{"--replica-password", "geheim", "--recursion-method=dsn=p=geheim,D=d,t=t", "--skip-check-replica-lag", "h=a,p=geheim", "D=d,t=t"}, "--replica-password xxxxxx --recursion-method=dsn=p=xxxxxx,D=d,t=t --skip-check-replica-lag h=a,p=xxxxxx D=d,t=t"},
		"in the DSN":              {[]string{"D=d,p=geheim,t=t"}, "D=d,p=xxxxxx,t=t"},
		"in the DSN with a comma": {[]string{`p=geh\,m,D=d,t=t`}, `p=xxxxxx,D=d,t=t`},
		"at the end of the DSN":   {[]string{"D=d,t=t,P=1,p=geheim"}, "D=d,t=t,P=1,p=xxxxxx"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := tool(t, "stuck", append(test.args, "--execute")...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			line, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/cmdline")
			if err != nil {
				t.Fatal(err)
			}
			cmd.Process.Kill()
			cmd.Wait() //nolint:errcheck // it was killed
			got := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
			same(t, "command line", test.want+" --execute", strings.Join(got[1:], " "))
		})
	}
}

func TestHiddenPasswordsStillCount(t *testing.T) {
	out, _, _ := ran(t, tool(t, "show", "-pgeheim", "D=d,t=t"))
	if !strings.Contains(out, `password of 6 letters, first "g"`) {
		t.Errorf("stdout %q", out)
	}
}

func TestStringsOutsideArgvAreLeftAlone(t *testing.T) {
	args := []string{"oscar", "-pgeheim"} // in memory that cannot be written to
	copies := HidePasswords(args)
	if args[1] != "-pgeheim" || copies[1] != "-pgeheim" {
		t.Errorf("got %q, copies %q", args, copies)
	}
}
