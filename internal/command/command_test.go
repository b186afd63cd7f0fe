package command

import (
	"errors"
	"testing"
)

// A start that failed is no fault of usage.
func TestTogetherKeepsTheCode(t *testing.T) {
	wrong, failed := usage("wrong"), exit{exitFailed, errors.New("failed")}
	for name, tt := range map[string]struct {
		errs []error
		code int
		text string
	}{
		"nothing":  {errs: []error{nil, nil}},
		"usage":    {[]error{wrong, nil, errors.New("plain")}, exitUsage, "wrong\nplain"},
		"failure":  {[]error{failed, nil}, exitFailed, "failed"},
		"together": {[]error{wrong, failed}, exitFailed, "wrong\nfailed"},
	} {
		var got exit
		if err := together(tt.errs...); err != nil && !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
		}
		if got.code != tt.code || got.Error() != tt.text {
			t.Errorf("%s: %d %q", name, got.code, got.Error())
		}
	}
}
