// Package bucket keeps activation stores in buckets: of Amazon S3 and the many servers
// that speak its protocol, of Google Cloud Storage and of Azure Blob Storage.
//
// It is a package of its own because the three clients are large: a program that does
// not import it does not carry them.
//
// # URLs
//
// [Open] takes the URLs of gocloud.dev/blob, with their parameters; a path in the URL is
// a folder in the bucket.
//
//	s3://BUCKET/path?region=eu-central-1
//	s3://BUCKET/path?endpoint=https://minio.example.org&use_path_style=true&region=us-east-1
//	gs://BUCKET/path
//	azblob://CONTAINER/path?storage_account=NAME
//	file:///absolute/path, file://./relative/path
//
// Credentials come from where the clients of each service look for them: the AWS_
// variables, ~/.aws and the machine's role; Google's application default credentials;
// the AZURE_STORAGE_ variables and Azure's default credential.
//
// # What goes over the network
//
// A file is uploaded in parts while it is written, from at most 64 MiB of memory, and is
// there only once Close has returned nil. One that is open for reading is fetched in
// blocks, ahead of a reader that goes through it in order, and takes at most 48 MiB.
//
// A request that fails for a reason that may pass is repeated by the service's client: 3
// attempts in all for S3, 4 for Azure, for Google until the context ends (32 s for a part
// of an upload). A download that breaks off goes on from there, 3 times for each block.
package bucket
