package sandbox

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"time"
)

// user is the account part of every id, where the documents show words and
// numbers. It tells a sandbox's id from the service's.
const user = "sandbox"

// face names the part of the API that made a job and alone may be asked for it;
// qvideo- ids come from three of them.
type face string

const (
	faceVideo  face = "video"  // /v1/videos: Kling and Sora
	faceVeo    face = "veo"    // /v1/videos/generations
	faceArk    face = "ark"    // /v3/contents: Seedance
	faceQueue  face = "queue"  // /queue: Vidu, kling-image-o1, Veo in fal's form
	faceImages face = "images" // /v1/images: Kling
	faceFile   face = "file"   // /v1/files
)

// job is a piece of work as plain data. Its state is not stored but follows from
// the clock, so it goes on across restarts.
type job struct {
	ID     string        `json:"id"`
	Face   face          `json:"face"`
	Model  string        `json:"model"`
	Family string        `json:"family,omitempty"` // the queue's second path segment
	Made   time.Time     `json:"made"`
	Takes  time.Duration `json:"takes"`
	Fate   fate          `json:"fate,omitempty"`
	Poll   int           `json:"poll,omitempty"`
	Keeps  time.Duration `json:"keeps"` // how long result links live after the end

	Prompt  string `json:"prompt,omitempty"`
	Count   int    `json:"count,omitempty"`   // results asked for
	Dropped int    `json:"dropped,omitempty"` // of them, held back by the filter
	Inputs  int    `json:"inputs,omitempty"`  // media given
	Width   int    `json:"width,omitempty"`
	Height  int    `json:"height,omitempty"`
	Seconds int    `json:"seconds,omitempty"`

	Size       string `json:"size,omitempty"` // as asked, for the faces that repeat it
	Mode       string `json:"mode,omitempty"`
	Ratio      string `json:"ratio,omitempty"`
	Resolution string `json:"resolution,omitempty"`
	Audio      bool   `json:"audio,omitempty"`
	LastFrame  bool   `json:"last_frame,omitempty"`
	RemixOf    string `json:"remix_of,omitempty"`
	Seed       int64  `json:"seed,omitempty"`
	Expires    int64  `json:"expires,omitempty"` // execution_expires_after
	FileName   string `json:"file_name,omitempty"`
	FileType   string `json:"file_type,omitempty"`
	FileSize   int64  `json:"file_size,omitempty"`
}

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// begin records a job and gives it its id, made of the instant it was taken.
func (s *Server) begin(j job, st steering, id func(ns string) string) (job, error) {
	if err := st.refuse(); err != nil {
		return j, err
	}
	j.Made = s.ids.next()
	j.ID = id(strconv.FormatInt(j.Made.UnixNano(), 10))
	j.Prompt, j.Fate, j.Poll = st.text, st.fate, st.poll
	// 1.5 to 2.5 s at scale 1, the same for the same prompt.
	j.Takes = st.slow
	if st.slow == 0 {
		j.Takes = s.scaled(1500*time.Millisecond + time.Duration(hash(j.Prompt)%1000)*time.Millisecond)
	}
	if err := s.store.put(j); err != nil {
		return j, refusal{status: http.StatusInternalServerError, message: "the task could not be stored"}
	}
	return j, nil
}

// find gives the job of an id, if it is one of that face.
func (s *Server) find(id string, f face) (job, bool, error) {
	j, ok := s.store.get(id)
	if !ok || j.Face != f {
		return job{}, false, nil
	}
	if p := j.progress(); j.Poll != 0 && p < 0.5 {
		return j, true, refusal{status: j.Poll, message: statusWords(j.Poll), retryAfter: retryAfter(j.Poll)}
	}
	return j, true, nil
}

func (j job) ends() time.Time { return j.Made.Add(j.Takes) }
func (j job) over() bool      { return !time.Now().Before(j.ends()) }
func (j job) failed() bool    { return j.over() && j.Fate != "" }
func (j job) succeeded() bool { return j.over() && j.Fate == "" }

// progress is how much of a job is done, from 0 to 1.
func (j job) progress() float64 {
	if j.over() || j.Takes <= 0 {
		return 1
	}
	return max(0, float64(time.Since(j.Made))/float64(j.Takes))
}

// stage picks the word of a face's list that fits the time gone by; a word that
// stands in the list twice lasts twice as long.
func (j job) stage(words ...string) string {
	i := int(j.progress() * float64(len(words)))
	return words[min(i, len(words)-1)]
}

// updated is the last instant at which something about the job changed.
func (j job) updated() time.Time {
	if j.over() {
		return j.ends()
	}
	return time.Now().UTC()
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// The shapes of the service's ids.

func videoID(ns string) string      { return "qvideo-" + user + "-" + ns }
func chatVideoID(ns string) string  { return "chatvideo-" + ns + "-" + user }
func imageID(ns string) string      { return "image-" + ns + "-" + user }
func queueImageID(ns string) string { return "qimage-" + user + "-" + ns }
func fileID(ns string) string       { return "qfile-" + user + "-" + ns + "-" + randomHex(3) }
