package command

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// meter shows how far a job is: a bar on a terminal, elsewhere a line now and
// then. It never goes back, although each call of a wait counts from its own
// start.
type meter struct {
	out   io.Writer
	label string
	bar   *progressbar.ProgressBar // nil off terminals
	// onlyBar is for work that is soon over: nothing is told off terminals.
	onlyBar bool

	mu   sync.Mutex
	most float64
	told float64
	note string
	at   time.Time
}

// Off terminals a line comes when the job is this much further, or after a
// while without one.
const (
	meterStep = 25
	meterRest = 15 * time.Second
)

func newMeter(env Env, out io.Writer, label string) *meter {
	m := &meter{out: out, label: label, at: time.Now()}
	if env.Terminal == nil || !env.Terminal(out) {
		return m
	}
	m.bar = progressbar.NewOptions(100,
		progressbar.OptionSetWriter(out), progressbar.OptionSetWidth(30), progressbar.OptionSetDescription(label),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░"}), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true),
		progressbar.OptionClearOnFinish(), progressbar.OptionUseANSICodes(true), progressbar.OptionSetRenderBlankState(true))
	return m
}

// tell is fit to hear of progress.
func (m *meter) tell(p progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = max(m.most, p.percent())
	if m.bar != nil {
		if p.message != "" && p.message != m.note {
			m.bar.Describe(m.label + " " + tail(p.message, 40))
		}
		m.note = p.message
		// A full bar is finished; the job isn't before its result is here.
		_ = m.bar.Set(int(min(m.most, 99)))
		return
	}
	if m.onlyBar || m.most < 100 && m.most-m.told < meterStep && time.Since(m.at) < meterRest {
		return
	}
	m.told, m.at = m.most, time.Now()
	_ = say(m.out, "%s %3.0f%% %s\n", m.label, m.most, tail(p.message, 60))
}

// end takes the bar away.
func (m *meter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil {
		_ = m.bar.Finish()
	}
}

// tail is the end of a text, on one line.
func tail(text string, most int) string {
	runes := []rune(printable(text))
	if len(runes) > most {
		runes = append([]rune{'…'}, runes[len(runes)-most:]...)
	}
	for i, r := range runes {
		if r < ' ' {
			runes[i] = ' '
		}
	}
	return string(runes)
}
