package media

import "testing"

// Whatever stands where a data URL belongs is read or refused, and what is read
// has bytes of the size that is told.
func FuzzDataURL(f *testing.F) {
	for _, seed := range []string{
		"data:image/png;base64,iVBORw0KGgo=", "data:,hello", "data:text/plain;charset=utf-8,%E4%B8%AD", "DATA:IMAGE/JPG;BASE64,/9j/",
		"data:image/png;name=a.png;base64, iVBO\nRw0K", "data:;base64", "data:image/png;base64,!!", "data:%", "data:a/b;base64,-_-_",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, link string) {
		d, err := DecodeDataURL(link)
		if err == nil && !IsDataURL(link) {
			t.Errorf("%q is no data URL and was read as %d bytes", link, len(d.Bytes))
		}
		if err == nil && len(d.Bytes) > len(link) {
			t.Errorf("%q has become %d bytes", link, len(d.Bytes))
		}
	})
}
