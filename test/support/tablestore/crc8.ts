const POLYNOMIAL = 0x07;

const TABLE = Uint8Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 0x80 ? (remainder << 1) ^ POLYNOMIAL : remainder << 1;
  }
  return remainder & 0xff;
});

/** CRC-8 of the parts behind one another. */
export function checksumOf(parts: readonly Uint8Array[]): number {
  let checksum = 0;
  for (const part of parts) {
    for (const byte of part) checksum = TABLE[checksum ^ byte] ?? 0;
  }
  return checksum;
}
