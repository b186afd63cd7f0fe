package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// How the texts of settings are read, by kind.

func words(v string) []string {
	var list []string
	for word := range strings.SplitSeq(v, ",") {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	return list
}

func text(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		*field(s) = v
		return nil
	}
}

func oneOf(field func(*Settings) *string, values ...string) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		for _, ok := range values {
			if v == ok {
				*field(s) = v
				return nil
			}
		}
		return fmt.Errorf("has to be %s", strings.Join(values, " or "))
	}
}

func folder(field func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		abs, err := filepath.Abs(expand(v))
		*field(s) = abs
		return err
	}
}

func yesNo(field func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return errors.New("has to be true or false")
		}
		*field(s) = b
		return nil
	}
}

func dollars(field func(*Settings) *float64) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		n, err := strconv.ParseFloat(strings.TrimPrefix(v, "$"), 64)
		if err != nil || !(n > 0) || n > 1e9 {
			return errors.New("has to be an amount in USD above 0, like 2.50")
		}
		*field(s) = n
		return nil
	}
}

func whole(field func(*Settings) *int) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		n, err := strconv.ParseUint(v, 10, 31)
		if err != nil {
			return errors.New("has to be a whole number, 0 or more")
		}
		*field(s) = int(n)
		return nil
	}
}

func atLeastZero(v string) (float64, error) {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0) || n > 1e9 {
		return 0, errors.New("has to be a number, 0 or more")
	}
	return n, nil
}

func duration(v string) (time.Duration, error) {
	if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		return 0, errors.New("has to be a time like 55s or 4m")
	}
	return d, nil
}

var units = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

func bytesOf(field func(*Settings) *int64) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		for _, u := range units {
			number, ok := strings.CutSuffix(v, u.suffix)
			if !ok {
				continue
			}
			n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			if err == nil && n > 0 && n*float64(u.bytes) < 1<<60 {
				*field(s) = int64(n * float64(u.bytes))
				return nil
			}
		}
		return errors.New("has to be a size like 16MiB or 2GiB")
	}
}

func expand(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home := homeFolder(); home != "" {
			return filepath.Join(home, strings.TrimPrefix(path, "~"))
		}
	}
	return path
}
