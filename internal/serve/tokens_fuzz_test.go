package serve

import "testing"

// Whatever stands in a tokens file is read or refused as a whole.
func FuzzTokens(f *testing.F) {
	for _, seed := range []string{
		"", "# nobody\n", "[[token]]\nname = \"ann\"\nsha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n", "[[token]]\n",
		"\x00", "token = []", "[token]\nname = \"ann\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		list, err := parseTokens("tokens", doc)
		if err != nil && len(list) > 0 {
			t.Errorf("%q is refused (%v) and gives %d tokens", doc, err, len(list))
		}
	})
}
