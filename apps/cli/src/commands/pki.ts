import { type Certificate, type KeyUsage, verifyCertificatePath } from '@cssi/pki';
import { type JsonValue, toHex } from '@cssi/sm-core';
import { type CommandGroup, EXIT } from '../command.ts';
import { CLI_ERRORS } from '../errors.ts';
import { readAnchors, readCertificates, timeOf } from '../files.ts';
import { verdictOutcome } from '../show.ts';

function describe(certificate: Certificate): Record<string, JsonValue> {
  return {
    subject: { ...certificate.subject },
    issuer: { ...certificate.issuer },
    serial: toHex(certificate.serial),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    signatureAlgorithm: certificate.signatureAlgorithm,
    isCa: certificate.isCa,
    keyUsage: certificate.keyUsage === undefined ? null : [...certificate.keyUsage],
    extendedKeyUsage: certificate.extendedKeyUsage === undefined ? null : [...certificate.extendedKeyUsage],
    sm3Fingerprint: certificate.fingerprint,
  };
}

const KEY_USAGES: readonly KeyUsage[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
];

function usagesOf(names: readonly string[]): KeyUsage[] {
  return names.map((name) => {
    const usage = KEY_USAGES.find((known) => known === name);
    if (usage === undefined) {
      throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: `--usage expects one of ${KEY_USAGES.join(' ')}` });
    }
    return usage;
  });
}

/** `cssi pki …` */
export const pki: CommandGroup = {
  inspect: {
    synopsis: 'FILE',
    summary: 'shows certificates, PEM or DER',
    options: {},
    async run(args) {
      const certificates = (await readCertificates(args.only('FILE'))).map(describe);
      const lines = certificates.flatMap((certificate, i) => [
        ...(i > 0 ? [''] : []),
        ...Object.entries(certificate).map(
          ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
        ),
      ]);
      return { exitCode: EXIT.done, json: certificates, lines };
    },
  },
  verify: {
    synopsis: 'FILE [--anchor FILE]… [--intermediate FILE]… [--usage NAME]… [--time ISO]',
    summary: 'judges a certificate up to a trust anchor',
    options: { anchor: { many: true }, intermediate: { many: true }, usage: { many: true }, time: {} },
    async run(args) {
      const keyUsage = usagesOf(args.many('usage'));
      const time = timeOf(args.text('time'));
      const [leaf, ...others] = await readCertificates(args.only('FILE'));
      return verdictOutcome(
        verifyCertificatePath(leaf!, {
          anchors: await readAnchors(args.many('anchor')),
          intermediates: [...others, ...(await readAnchors(args.many('intermediate')))],
          time,
          keyUsage,
        }),
      );
    },
  },
};
