import { execFileSync } from 'node:child_process';

function canSm2(): boolean {
  try {
    const version = execFileSync('openssl', ['version'], { encoding: 'utf8' });
    const curves = execFileSync('openssl', ['ecparam', '-list_curves'], { encoding: 'utf8' });
    return /^OpenSSL [3-9]/.test(version) && /\bSM2\b/.test(curves);
  } catch {
    return false;
  }
}

/** Is an OpenSSL 3 or newer with SM2 there? */
export const hasOpenssl: boolean = canSm2();
export const NO_OPENSSL = 'openssl 3 with SM2 not present: skipped the checks against it';
