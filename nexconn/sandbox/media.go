package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// link is the signed address of a job's n-th result: another host, no key, and
// e= the second at which it ends, in the form of the service's own links.
func (s *Server) link(j job, name string) string {
	e := j.ends().Add(j.Keeps).Unix()
	return fmt.Sprintf("%s/%s/%s/%s?e=%d&token=%s", *s.media.Load(), user, j.ID, name, e, linkToken(j.ID, name, e))
}

// linkToken keeps a client from lengthening a link's life by writing another e=.
// It guards nothing worth more than that.
func linkToken(id, name string, e int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s?e=%d", id, name, e))
	return user + ":" + hex.EncodeToString(sum[:12])
}

// Media serves result files. It wants no key, serves ranges, and answers 403
// once a link's e= has passed.
func (s *Server) Media() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+user+"/{id}/{name}", s.serveMedia)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stamp(w, r)
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	id, name := r.PathValue("id"), r.PathValue("name")
	e, err := strconv.ParseInt(r.URL.Query().Get("e"), 10, 64)
	if err != nil || r.URL.Query().Get("token") != linkToken(id, name, e) {
		http.Error(w, "bad token", http.StatusForbidden)
		return
	}
	if time.Now().Unix() >= e {
		http.Error(w, "the link has expired", http.StatusForbidden)
		return
	}
	j, ok := s.store.get(id)
	if !ok || !j.succeeded() {
		http.NotFound(w, r)
		return
	}
	data, kind, err := j.render(name)
	if err != nil {
		s.log.Error("sandbox result", "id", id, "err", err)
		http.Error(w, "the result could not be made", http.StatusInternalServerError)
		return
	}
	if data == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", strconv.Quote(linkToken(id, name, e)))
	http.ServeContent(w, r, "", j.ends(), bytes.NewReader(data))
}

// render makes the result of that name; nil if the job has none.
func (j job) render(name string) ([]byte, string, error) {
	base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	index, _ := strconv.Atoi(base)
	switch {
	case ext == ".mp4":
		data, err := clip(j.Width, j.Height, j.Seconds)
		return data, "video/mp4", err
	case ext == ".png":
		p := picture{prompt: j.Prompt, model: j.Model, width: j.Width, height: j.Height, inputs: j.Inputs, index: index}
		if base == "last_frame" {
			p.note = "last frame"
		}
		data, err := p.png()
		return data, "image/png", err
	}
	return nil, "", nil
}

// shape is the width and height of an aspect ratio with about the area of a
// square of that side. An unknown ratio is a square.
func shape(ratio string, side int) (w, h int) {
	a, b, _ := strings.Cut(ratio, ":")
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil || x <= 0 || y <= 0 {
		x, y = 1, 1
	}
	root := math.Sqrt(min(max(x/y, 1.0/8), 8))
	even := func(f float64) int { return int(f/2+0.5) * 2 }
	return even(float64(side) * root), even(float64(side) / root)
}

// parseSize reads "1280x720".
func parseSize(size string) (w, h int, ok bool) {
	a, b, found := strings.Cut(size, "x")
	w, errW := strconv.Atoi(a)
	h, errH := strconv.Atoi(b)
	return w, h, found && errW == nil && errH == nil && w > 0 && h > 0 && w <= 8192 && h <= 8192
}
