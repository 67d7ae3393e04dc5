package topology

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// State is how a replica does.
type State struct {
	Behind  int64  // seconds
	Stopped string // why it does not apply; empty when it does
}

// errNoReplica is a server that does not replicate.
var errNoReplica = errors.New("the server is no replica")

// read asks a replica how far it is. The channel is for one with several sources.
func (l *Link) read(ctx context.Context, channel string) (State, error) {
	r, err := l.status(ctx, channel)
	if err != nil {
		return State{}, err
	}
	behind, ok := r.first("seconds_behind_source", "seconds_behind_master")
	if ok {
		n, err := strconv.ParseInt(behind, 10, 64)
		return State{Behind: n}, err
	}
	io, _ := r.first("replica_io_running", "slave_io_running")
	sql, _ := r.first("replica_sql_running", "slave_sql_running")
	s := State{Stopped: "IO thread " + io + ", SQL thread " + sql}
	for _, column := range []string{"last_sql_error", "last_io_error"} {
		if text := r[column]; text != "" {
			s.Stopped += ": " + strings.TrimSpace(text)
			break
		}
	}
	return s, nil
}

// status is the row of the connection that leads to us.
func (l *Link) status(ctx context.Context, channel string) (row, error) {
	rows, err := l.rows(ctx, sqlStatus...)
	if err != nil {
		return nil, err
	}
	return pick(rows, channel, l.parent)
}

// pick chooses among the connections of a replica: the named one, or the only one, or the only one from this source.
func pick(rows []row, channel string, parent int64) (row, error) {
	if len(rows) == 0 {
		return nil, errNoReplica
	}
	if channel != "" {
		for _, r := range rows {
			if name, _ := r.first("connection_name", "channel_name"); strings.EqualFold(name, channel) {
				return r, nil
			}
		}
		return nil, fmt.Errorf("Specified channel name is invalid: the replica has no channel %q", channel) //nolint:staticcheck // pt-online-schema-change's wording
	}
	if len(rows) == 1 {
		return rows[0], nil
	}
	var from []row
	for _, r := range rows {
		if id, _ := r.first("source_server_id", "master_server_id"); parent != 0 && id == strconv.FormatInt(parent, 10) {
			from = append(from, r)
		}
	}
	if len(from) == 1 {
		return from[0], nil
	}
	return nil, fmt.Errorf("the replica has %d sources and \"channel\" was not specified on the command line", len(rows))
}

// Filtered says that replicas leave out part of what the source does, so that the change could break them.
type Filtered struct{ Hosts []string }

func (f *Filtered) Error() string {
	return "Replication filters are set on these hosts: " + strings.Join(f.Hosts, "; ")
}

// Try tells how to go on.
func (f *Filtered) Try() string {
	return "see that none of them touches the table or its new one, then give --no-check-replication-filters"
}

var filterColumns = []string{"replicate_do_db", "replicate_ignore_db", "replicate_do_table", "replicate_ignore_table", "replicate_wild_do_table",
	"replicate_wild_ignore_table", "replicate_rewrite_db"}

// Filters looks at the replication filters of all; *Filtered names those that have any.
func Filters(ctx context.Context, replicas []*Link, channel string) error {
	var hosts []string
	for _, l := range replicas {
		set, err := l.filters(ctx, channel)
		if err != nil {
			return fmt.Errorf("read the replication filters of %s: %w", l.Name(), err)
		}
		if len(set) > 0 {
			hosts = append(hosts, l.Name()+" ("+strings.Join(set, ", ")+")")
		}
	}
	if len(hosts) > 0 {
		return &Filtered{hosts}
	}
	return nil
}

func (l *Link) filters(ctx context.Context, channel string) (set []string, err error) {
	status, err := l.status(ctx, channel)
	if err != nil && !errors.Is(err, errNoReplica) {
		return nil, err
	}
	for _, c := range filterColumns {
		if status[c] != "" {
			set = append(set, c+"="+status[c])
		}
	}
	binlog, err := l.rows(ctx, sqlBinlog...)
	if err != nil {
		return nil, err
	}
	for _, r := range binlog {
		for _, c := range []string{"binlog_do_db", "binlog_ignore_db"} {
			if r[c] != "" {
				set = append(set, c+"="+r[c])
			}
		}
	}
	skipped, err := l.rows(ctx, sqlSkipped)
	if err != nil {
		return nil, err
	}
	for _, r := range skipped {
		if v := r["value"]; v != "" && !strings.EqualFold(v, "OFF") {
			set = append(set, r["variable_name"]+"="+v)
			break
		}
	}
	return set, nil
}
