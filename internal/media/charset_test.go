package media

import (
	"errors"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// Texts come out as they were written, or not at all: never as broken
// characters.
func TestDecodeText(t *testing.T) {
	utf16 := func(e unicode.Endianness, mark unicode.BOMPolicy) encoding.Encoding { return unicode.UTF16(e, mark) }
	for name, tt := range map[string]struct {
		enc     encoding.Encoding
		text    string
		guessed string
		refused bool
	}{
		"UTF-8":              {text: "größer, 会议 📚\n"},
		"UTF-16LE, marked":   {enc: utf16(unicode.LittleEndian, unicode.UseBOM), text: "Wiederherstellung – ключ 📚\r\n"},
		"UTF-16BE, marked":   {enc: utf16(unicode.BigEndian, unicode.UseBOM), text: "キー: 12-34\r\n"},
		"UTF-16LE, unmarked": {enc: utf16(unicode.LittleEndian, unicode.IgnoreBOM), text: "Registry export\r\n[Größe]\r\n", guessed: "UTF-16LE"},
		"UTF-16BE, unmarked": {enc: utf16(unicode.BigEndian, unicode.IgnoreBOM), text: "plain words\n", guessed: "UTF-16BE"},
		"GBK":                {enc: simplifiedchinese.GBK, text: "采购清单\r\n一、办公用品：打印纸十箱，签字笔二十盒，请于本周五之前送到。\r\n", guessed: "GB18030"},
		"GBK, short":         {enc: simplifiedchinese.GBK, text: "你好，世界", guessed: "GB18030"},
		"GBK, a table":       {enc: simplifiedchinese.GBK, text: "姓名,年龄\n张三,20\n李四,31\n", guessed: "GB18030"},
		"Shift-JIS":          {enc: japanese.ShiftJIS, text: "買い物リスト：牛乳、卵、パン。金曜日までにお願いします。\r\n", guessed: "Shift_JIS"},
		"Shift-JIS, short":   {enc: japanese.ShiftJIS, text: "こんにちは", guessed: "Shift_JIS"},
		"EUC-JP":             {enc: japanese.EUCJP, text: "次の会議は金曜日です。資料を忘れないでください。\n", guessed: "EUC-JP"},
		"EUC-KR":             {enc: korean.EUCKR, text: "회의록: 다음 회의는 금요일 오후에 시작합니다.\n", guessed: "EUC-KR"},
		"Big5":               {enc: traditionalchinese.Big5, text: "採購清單：影印紙十箱，原子筆二十盒，請於星期五以前送達。\n", guessed: "Big5"},
		"Windows-1251":       {enc: charmap.Windows1251, text: "Список покупок: молоко, хлеб, яйца.\n", guessed: "windows-1251"},
		"KOI8-R":             {enc: charmap.KOI8R, text: "Следующая встреча состоится в пятницу.\n", guessed: "KOI8-R"},
		"western":            {enc: charmap.Windows1252, text: "Größe;Höhe\n“Café” – l’été à 5 €\n", guessed: "Windows-1252"},
		"nobody can tell":    {enc: korean.EUCKR, text: "금요일", refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(tt.text)
			if tt.enc != nil {
				var err error
				if data, err = tt.enc.NewEncoder().Bytes(data); err != nil {
					t.Fatal(err)
				}
			}
			got, guessed, err := decodeText(data)
			if tt.refused {
				if !errors.Is(err, errCharset) {
					t.Errorf("it was read as %s: %q", guessed, got)
				}
				return
			}
			if err != nil || string(got) != tt.text || guessed != tt.guessed {
				t.Errorf("read as %q: %q, %v", guessed, got, err)
			}
		})
	}
}
