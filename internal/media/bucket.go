package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Bucket is a Store on S3 or what speaks its protocol. A file passes through
// the temporary folder, so that it is checked before it is in the bucket.
type Bucket struct {
	client         *minio.Client
	bucket, prefix string
}

// NewBucket makes the store s3://bucket/prefix. The account, region and
// endpoint come from the AWS_* variables that the AWS tools read: keys, else
// the shared credentials file, else the role of the machine. Nothing is
// reached before it is used.
func NewBucket(setting string, getenv func(string) string) (*Bucket, error) {
	bucket, prefix, err := bucketURL(setting)
	if err != nil {
		return nil, err
	}
	region := first(getenv("AWS_REGION"), getenv("AWS_DEFAULT_REGION"))
	endpoint := first(getenv("AWS_ENDPOINT_URL_S3"), getenv("AWS_ENDPOINT_URL"))
	if endpoint == "" {
		endpoint = "https://s3.amazonaws.com"
	} else if region == "" {
		region = "us-east-1" // else the client asks the endpoint, which may not know
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Host == "" || (at.Scheme != "https" && at.Scheme != "http") {
		return nil, errors.New("AWS_ENDPOINT_URL has to be a URL such as https://s3.example.com")
	}
	client, err := minio.New(at.Host, &minio.Options{Creds: account(getenv, region), Secure: at.Scheme == "https", Region: region})
	if err != nil {
		return nil, fmt.Errorf("the bucket's settings don't fit together: %w", err)
	}
	return &Bucket{client: client, bucket: bucket, prefix: prefix}, nil
}

func account(getenv func(string) string, region string) *credentials.Credentials {
	if id, secret := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"); id != "" && secret != "" {
		return credentials.NewStaticV4(id, secret, getenv("AWS_SESSION_TOKEN"))
	}
	role := &credentials.IAM{Region: region}
	role.EKSIdentity.TokenFile = getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
	role.EKSIdentity.RoleARN = getenv("AWS_ROLE_ARN")
	role.EKSIdentity.RoleSessionName = getenv("AWS_ROLE_SESSION_NAME")
	role.Container.CredentialsFullURI = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	role.Container.CredentialsRelativeURI = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
	role.Container.AuthorizationToken = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.FileAWSCredentials{Filename: getenv("AWS_SHARED_CREDENTIALS_FILE"), Profile: getenv("AWS_PROFILE")},
		role,
	})
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// Check says whether the bucket is there and may be used.
func (s *Bucket) Check(ctx context.Context) error {
	ok, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("bucket %s: %w", s.bucket, err)
	}
	if !ok {
		return fmt.Errorf("there is no bucket %s", s.bucket)
	}
	return nil
}

// Fetch saves what a link leads to.
func (s *Bucket) Fetch(ctx context.Context, d *Downloader, link, name, mime string, progress func(done, total int64)) (Saved, error) {
	return s.through(ctx, name, mime, func(t Target) (Saved, error) { return d.Save(ctx, link, t, progress) })
}

// Put saves bytes that are at hand.
func (s *Bucket) Put(ctx context.Context, name string, r io.Reader, mime string) (Saved, error) {
	return s.through(ctx, name, mime, func(t Target) (Saved, error) { return t.Write(r) })
}

// through saves to a folder of its own in the temporary one and sends on.
func (s *Bucket) through(ctx context.Context, name, mime string, save func(Target) (Saved, error)) (Saved, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return Saved{}, nexconn.Errorf(nexconn.Forbidden, "%s is not a name of this store", brief(name))
	}
	dir, err := os.MkdirTemp("", "nexconn-")
	if err != nil {
		return Saved{}, nexconn.Errorf(nexconn.Internal, "the temporary folder can't be written: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	saved, err := save(Target{Dir: dir, Name: "output", MIME: mime})
	if err != nil {
		return Saved{}, err
	}
	if saved.Name, err = s.upload(ctx, saved, name); err != nil {
		return Saved{}, nexconn.Errorf(nexconn.Internal, "the file can't be put into the bucket: %w", err)
	}
	saved.Path = ""
	return saved, nil
}

// upload sends a file under the first name that is free. It goes in one piece,
// since only such a put can be made to fail where the name is taken.
func (s *Bucket) upload(ctx context.Context, saved Saved, name string) (string, error) {
	f, err := os.Open(saved.Path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	ext := filepath.Ext(saved.Path)
	for i := 1; i <= 1000; i++ {
		final := name + ext
		if i > 1 {
			final = fmt.Sprintf("%s-%d%s", name, i, ext)
		}
		opts := minio.PutObjectOptions{ContentType: saved.MIME, DisableMultipart: true}
		opts.SetMatchETagExcept("*")
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return "", err
		}
		_, err := s.client.PutObject(ctx, s.bucket, s.key(final), f, saved.Bytes, opts)
		if err == nil {
			return final, nil
		}
		if code := minio.ToErrorResponse(err).StatusCode; code != http.StatusPreconditionFailed && code != http.StatusConflict {
			return "", err
		}
	}
	return "", fmt.Errorf("every name like %s is taken", path.Base(name)+ext)
}

func (s *Bucket) key(name string) string { return path.Join(s.prefix, name) }

// Link is a signed link to a saved file. S3 gives none for more than a week.
func (s *Bucket) Link(ctx context.Context, name string, ttl time.Duration) (string, error) {
	ttl = min(max(ttl, time.Minute), 7*24*time.Hour)
	u, err := s.client.PresignedGetObject(ctx, s.bucket, s.key(name), ttl, nil)
	if err != nil {
		return "", nexconn.Errorf(nexconn.Internal, "the bucket gives no link: %w", err)
	}
	return u.String(), nil
}

// Open reads a saved file.
func (s *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, int64, string, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.HasSuffix(name, "/") {
		return nil, 0, "", nexconn.Errorf(nexconn.Forbidden, "%s is not a name of this store", brief(name))
	}
	object, err := s.client.GetObject(ctx, s.bucket, s.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, 0, "", nexconn.Errorf(nexconn.Internal, "the bucket can't be read: %w", err)
	}
	info, err := object.Stat()
	if err != nil {
		_ = object.Close()
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			return nil, 0, "", missing(name, err)
		}
		return nil, 0, "", nexconn.Errorf(nexconn.Internal, "the bucket can't be read: %w", err)
	}
	return object, info.Size, info.ContentType, nil
}

// Remove removes a saved file.
func (s *Bucket) Remove(ctx context.Context, name string) error {
	return s.client.RemoveObject(ctx, s.bucket, s.key(name), minio.RemoveObjectOptions{})
}

// Sweep removes what is older than age.
func (s *Bucket) Sweep(ctx context.Context, under string, age time.Duration) (int, error) {
	before, removed := time.Now().Add(-age), 0
	ctx, stop := context.WithCancel(ctx) // ends the listing where this returns early
	defer stop()
	for object := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.key(under) + "/", Recursive: true}) {
		if object.Err != nil {
			return removed, object.Err
		}
		if object.LastModified.After(before) {
			continue
		}
		if err := s.client.RemoveObject(ctx, s.bucket, object.Key, minio.RemoveObjectOptions{}); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, ctx.Err()
}

// Origin is where the bucket's links lead, empty where that can't be told.
func (s *Bucket) Origin(ctx context.Context) string {
	link, err := s.Link(ctx, "origin", time.Minute)
	u, wrong := url.Parse(link)
	if err != nil || wrong != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
