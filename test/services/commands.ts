import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether the machine has the command; .ci/run installs the packages of those that tests here need. */
export function hasCommand(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

/** Runs a program to its end, without blocking the stack in this process; rejects unless it exits with 0. */
export async function run(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 20_000 });
  return stdout;
}

/** Of 127.0.0.1, signed by itself. Needs Debian package openssl. */
export async function makeCertificate(certificate: string, key: string): Promise<void> {
  const name = ['-subj', '/CN=mooring test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate, '-days', '2', '-nodes'];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...files, ...name]);
}
