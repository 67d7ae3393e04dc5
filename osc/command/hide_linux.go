package command

import (
	"os"
	"strconv"
	"strings"
	"unsafe"
)

// overwrite fills a string of argv with x, in place. A string that is not in argv's memory is left alone: most others cannot be written
// to, and the attempt would end the process.
func overwrite(s string) {
	if s == "" {
		return
	}
	first := unsafe.StringData(s)
	from, to := argvMemory()
	if at := uint64(uintptr(unsafe.Pointer(first))); at < from || at+uint64(len(s)) > to {
		return
	}
	for i := range unsafe.Slice(first, len(s)) {
		*(*byte)(unsafe.Add(unsafe.Pointer(first), i)) = 'x'
	}
}

// argvMemory is where the kernel put argv: the fields arg_start and arg_end of /proc/self/stat (proc(5), since Linux 3.5). Zeros when it
// cannot be read.
func argvMemory() (from, to uint64) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0, 0
	}
	// The second field is the program's name in brackets and may hold spaces; the third begins after the last bracket.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const argStart, argEnd = 48 - 3, 49 - 3
	if len(fields) <= argEnd {
		return 0, 0
	}
	from, err = strconv.ParseUint(fields[argStart], 10, 64)
	if err != nil {
		return 0, 0
	}
	to, err = strconv.ParseUint(fields[argEnd], 10, 64)
	if err != nil {
		return 0, 0
	}
	return from, to
}
