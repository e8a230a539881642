import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsFiles } from '../../shared/runtime/tls-files.ts';

/** Writes a certificate for `mooring test`, signed by itself until 2126, and its key. */
export function writeTestCertificate(folder: string): TlsFiles {
  const files = { certPath: join(folder, 'cert.pem'), keyPath: join(folder, 'key.pem') };
  writeFileSync(files.certPath, CERTIFICATE);
  writeFileSync(files.keyPath, KEY, { mode: 0o600 });
  return files;
}

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUWVIWejV63Qm+tcNwwc0lgVlTUpswCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMbW9vcmluZyB0ZXN0MCAXDTI2MTEyMTA1MTUwNFoYDzIxMjYx
MDI4MDUxNTA0WjAXMRUwEwYDVQQDDAxtb29yaW5nIHRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATaJhoQL06IIjJxGN5GgCrvpzO24nGrbckhSyYXpP6YJ+HQ
lRFDzWTSvkDk9xdMUotRxVhzyCvFilSa7EDIQ3CMo1MwUTAdBgNVHQ4EFgQUBbp3
8R8yzv4mWg7yarKxOEdsCk0wHwYDVR0jBBgwFoAUBbp38R8yzv4mWg7yarKxOEds
Ck0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAlHU8r001Nkk3
cIMoIjhKzRzLUkyefTfBJ5rJNYtqbXsCIQCk7wUcaXDTXj21RVSPPKNa0v1xS2n9
QdypBLQpKhXlyw==
-----END CERTIFICATE-----
`;

/** Made for the tests: it opens nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrs+1VTfUroLCdrEc
SQH+IXn2lPKNxTgBGFv7hHaNrvChRANCAATaJhoQL06IIjJxGN5GgCrvpzO24nGr
bckhSyYXpP6YJ+HQlRFDzWTSvkDk9xdMUotRxVhzyCvFilSa7EDIQ3CM
-----END PRIVATE KEY-----
`;
