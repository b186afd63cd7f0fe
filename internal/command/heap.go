package command

import (
	"math"
	"runtime"
	"runtime/debug"
)

// garbage is what a server under load lets pile up before it is collected, in
// bytes. What is live is a few MB, so that by the usual rule, as much garbage as
// is live, a collection would begin many times a second.
const garbage = 32 << 20

// steadyHeap sets when a collection begins, anew after each: at garbage more
// than is live, and by the usual rule where more than that is live.
func steadyHeap() {
	type mark struct{ _ [16]byte }
	var again func(*mark)
	again = func(*mark) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		live := max(m.HeapAlloc, 1<<20)
		debug.SetGCPercent(int(math.Max(100, 100*garbage/float64(live))))
		next := &mark{}
		runtime.SetFinalizer(next, again)
	}
	again(nil)
}
