import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from '../../shared/runtime/tls-files.ts';

/** Writes a certificate for 127.0.0.1 and localhost, signed by itself for 98 years, and its key. */
export function writeLoopbackCertificate(folder: string): TlsFiles {
  const files = { certPath: join(folder, 'loopback.pem'), keyPath: join(folder, 'loopback.key') };
  writeFileSync(files.certPath, CERTIFICATE);
  writeFileSync(files.keyPath, KEY, { mode: 0o600 });
  return files;
}

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqTCCAU+gAwIBAgIUHDZCB71fibm5KZnesZaqjGV0ckcwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQbW9vcmluZyBsb29wYmFjazAgFw0yNjExMjExNjI1MDBaGA8y
MTI1MDYxNTE2MjUwMFowGzEZMBcGA1UEAwwQbW9vcmluZyBsb29wYmFjazBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABPpkwu6UGZovdbivQbPZz21fXvR1xUgPxxKI
3rKh1ZNyynlZQxhEokMVqa9HOGOaIDneTLORCfU4IkSQeiPcrl2jbzBtMB0GA1Ud
DgQWBBRCgX7X1SIf8DcMrFZsPJS2xNALeTAfBgNVHSMEGDAWgBRCgX7X1SIf8DcM
rFZsPJS2xNALeTAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGHBH8AAAGCCWxv
Y2FsaG9zdDAKBggqhkjOPQQDAgNIADBFAiAqYVZb+fj0vmxQmpCXsOLEo7+APj2P
TrA1e/4oZqDsRAIhAJcuGiOaBEYFh9ZOeNvQ+JQqfaB6Wg8ach11KDjbWjzp
-----END CERTIFICATE-----
`;

/** Made for the tests: it opens nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOgEmrd6nOhTm2svb
fsHcQvF1W8b1C2b7bt/jqC5uIWyhRANCAAT6ZMLulBmaL3W4r0Gz2c9tX170dcVI
D8cSiN6yodWTcsp5WUMYRKJDFamvRzhjmiA53kyzkQn1OCJEkHoj3K5d
-----END PRIVATE KEY-----
`;
