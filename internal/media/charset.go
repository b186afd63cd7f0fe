package media

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// errCharset says that nobody can tell a text's encoding: broken characters
// would be worse than none.
var errCharset = errors.New("its character encoding can't be told")

// decodeText gives a text as UTF-8 without a byte-order mark. guessed is the
// encoding that it was read as where no mark says so, else empty.
func decodeText(data []byte) (plain []byte, guessed string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return bytes.ToValidUTF8(data[3:], []byte("�")), "", nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		plain, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		return plain, "", err
	case utf8.Valid(data) && bytes.IndexByte(data, 0) < 0:
		return data, "", nil
	}
	name, enc := guess(data)
	if enc == nil {
		return nil, "", errCharset
	}
	plain, err = enc.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(plain, utf8.RuneError) {
		return nil, "", errCharset
	}
	return plain, name, nil
}

// sure is the confidence of 100 from which the detector is believed.
const sure = 60

// guess is the encoding of a text that is not UTF-8 and has no mark, nil if
// nobody can tell.
func guess(data []byte) (string, encoding.Encoding) {
	if little, ok := halfZero(data); ok {
		if little {
			return "UTF-16LE", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
		}
		return "UTF-16BE", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	found, err := chardet.NewTextDetector().DetectAll(data[:min(len(data), 64<<10)])
	if err != nil {
		found = nil
	}
	if len(found) > 0 && found[0].Confidence >= sure {
		if enc, err := ianaindex.IANA.Encoding(found[0].Charset); err == nil && enc != nil {
			return found[0].Charset, enc
		}
	}
	if western(data) {
		return "Windows-1252", charmap.Windows1252
	}
	if only(data, cyrillicByte) {
		for _, one := range found {
			switch one.Charset {
			case "windows-1251":
				return one.Charset, charmap.Windows1251
			case "KOI8-R":
				return one.Charset, charmap.KOI8R
			}
		}
	}
	return guessShort(data)
}

// halfZero says that a text is UTF-16 without a mark: every other byte of most
// of it is zero.
func halfZero(data []byte) (little, ok bool) {
	var zeros [2]int
	for i, b := range data {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(data) / 2
	switch {
	case half == 0 || len(data)%2 != 0:
		return false, false
	case zeros[1] > half*6/10 && zeros[0] == 0:
		return true, true
	case zeros[0] > half*6/10 && zeros[1] == 0:
		return false, true
	}
	return false, false
}

// western says that bytes beyond ASCII are few and stand alone or in twos among
// letters, as those of western European texts do. Runs of even length alone may
// be double-byte characters.
func western(data []byte) bool {
	high, run, odd := 0, 0, false
	for i := 0; i <= len(data); i++ {
		if i < len(data) && data[i] >= 0x80 {
			high++
			if run++; run > 3 {
				return false
			}
			continue
		}
		odd = odd || run%2 == 1
		run = 0
	}
	return odd && high*5 <= len(data)*2
}

// cyrillicByte is one of those that Russian texts have in either of their encodings.
func cyrillicByte(b byte) bool {
	return b >= 0xc0 || bytes.IndexByte([]byte{0xa8, 0xb8, 0xa3, 0xb3, 0x85, 0x93, 0x94, 0x96, 0x97, 0xab, 0xbb, 0xb9}, b) >= 0
}

// only says that all bytes beyond ASCII are of a kind.
func only(data []byte, of func(byte) bool) bool {
	for _, b := range data {
		if b >= 0x80 && !of(b) {
			return false
		}
	}
	return true
}

// guessShort tells East Asian texts that are too short for statistics: by the
// rows of their character sets that everyday words come from. More than one
// that fits is none.
func guessShort(data []byte) (string, encoding.Encoding) {
	type reading struct {
		name string
		enc  encoding.Encoding
		fits bool
	}
	euc := pairs(data, 0xa1)
	fits := []reading{
		// Level 1 of GB 2312, and its punctuation.
		{"GB18030", simplifiedchinese.GB18030, euc != nil && euc.only(0xb0, 0xd7)},
		// The syllables of KS X 1001.
		{"EUC-KR", korean.EUCKR, euc != nil && euc.only(0xb0, 0xc8)},
		// Kana rows of JIS X 0208.
		{"EUC-JP", japanese.EUCJP, euc != nil && euc.has(0xa4, 0xa5)},
		{"Shift_JIS", japanese.ShiftJIS, kana(data)},
	}
	best := reading{}
	for _, one := range fits {
		switch {
		case !one.fits:
		case best.enc == nil || best.name == "GB18030" && one.name == "EUC-JP":
			best = one
		default:
			return "", nil
		}
	}
	return best.name, best.enc
}

// rows are the lead bytes of a text's double-byte characters.
type rows []byte

// pairs takes a text of ASCII and pairs of high bytes apart; nil if it is not
// one.
func pairs(data []byte, least byte) *rows {
	var leads rows
	for i := 0; i < len(data); i++ {
		if data[i] < 0x80 {
			continue
		}
		if data[i] < least || data[i] == 0xff || i+1 == len(data) || data[i+1] < least {
			return nil
		}
		leads = append(leads, data[i])
		i++
	}
	return &leads
}

// only says that all rows are between two, punctuation apart.
func (r rows) only(from, to byte) bool {
	words := 0
	for _, lead := range r {
		switch {
		case lead >= from && lead <= to:
			words++
		case lead < 0xa1 || lead > 0xa3:
			return false
		}
	}
	return words > 0
}

// has says that at least a third of the rows are between two.
func (r rows) has(from, to byte) bool {
	n := 0
	for _, lead := range r {
		if lead >= from && lead <= to {
			n++
		}
	}
	return n > 0 && n*3 >= len(r)
}

// kana says that a text reads as Shift-JIS with kana among its characters.
func kana(data []byte) bool {
	words, n := 0, 0
	for i := 0; i < len(data); i++ {
		b := data[i]
		if b < 0x80 {
			continue
		}
		lead := b >= 0x81 && b <= 0x9f || b >= 0xe0 && b <= 0xfc
		if !lead || i+1 == len(data) || data[i+1] < 0x40 || data[i+1] == 0x7f || data[i+1] > 0xfc {
			return false
		}
		words++
		if (b == 0x82 && data[i+1] >= 0x9f) || b == 0x83 {
			n++
		}
		i++
	}
	return n > 0 && n*3 >= words
}
