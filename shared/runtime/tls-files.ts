/** Of a certificate and its key, in PEM. */
export type TlsFiles = { certPath: string; keyPath: string };
