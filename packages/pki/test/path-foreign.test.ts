import { equalBytes, isAccepted } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { type Certificate, certificatesFromPem, parseCertificate } from '../src/index.ts';
import { validateCertificatePath } from '../src/path/index.ts';
import { statuses } from './support/codes.ts';
import { sharedBytes, sharedPresent, sharedText } from './support/shared.ts';

const EVIDENCE = 'samples/evidence';
const QUOTES = ['tdx_quote_4.dat', 'occlum_quote.dat'] as const;
const TIME = new Date('2024-06-01T00:00:00Z');

/** The certificates in PEM that a quote carries. */
function pemOf(bytes: Uint8Array): Certificate[] {
  const text = new TextDecoder('latin1').decode(bytes);
  const end = '-----END CERTIFICATE-----';
  return certificatesFromPem(text.slice(text.indexOf('-----BEGIN'), text.lastIndexOf(end) + end.length));
}

function judge([leaf, ...above]: readonly Certificate[], time = TIME) {
  const isRoot = ({ subjectRaw, issuerRaw }: Certificate) => equalBytes(subjectRaw, issuerRaw);
  const [anchors, intermediates] = [above.filter(isRoot), above.filter((one) => !isRoot(one))];
  return validateCertificatePath(leaf!, { time, anchors, intermediates });
}

describe.skipIf(!sharedPresent(EVIDENCE))('chains of chip makers [part of SEAL-015]', () => {
  it.each(QUOTES)('Intel, ECDSA on P-256: %s', (file) => {
    const chain = pemOf(sharedBytes(`${EVIDENCE}/${file}`));
    expect(chain).toHaveLength(3);
    expect(isAccepted(judge(chain).verdict)).toBe(true);
    expect(statuses(judge(chain, new Date('2060-01-01T00:00:00Z')).verdict)).toBe('passed passed failed');
    const [leaf, , root] = chain;
    expect(statuses(judge([leaf!, root!]).verdict)).toBe('indeterminate failed passed');
  });

  it('AMD, RSA-PSS with SHA-384', () => {
    const above = certificatesFromPem(sharedText(`${EVIDENCE}/milan.pem`));
    const leaf = parseCertificate(sharedBytes(`${EVIDENCE}/test-vcek.der`));
    const report = judge([leaf, ...above]);
    expect(report.steps.filter(({ status }) => status !== 'passed')).toMatchObject([
      { code: 'REVOCATION_NOT_CHECKED' },
    ]);
    expect(report.path).toHaveLength(3);
    const altered = Uint8Array.from(leaf.raw);
    altered[altered.length - 1]! ^= 1;
    expect(statuses(judge([parseCertificate(altered), ...above]).verdict)).toBe('failed failed passed');
  });
});
