import {
  decodePrivateKey,
  decryptPrivateKey,
  openEnvelopedKey,
  openPkcs12,
  privateKeyFromPem,
} from '../../../src/containers/index.ts';
import {
  certificatesFromPem,
  checkCertificateSignature,
  decodeSm2PublicKeyInfo,
  formatDistinguishedName,
  parseCertificate,
  parseCertificateRequest,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  pemEncode,
  validateCertificatePath,
  verifyCertificateRequest,
  verifyCrlSignature,
  verifyOcspResponse,
} from '../../../src/index.ts';
import {
  decryptAndVerifyMessage,
  decryptMessage,
  decryptWithKey,
  parseMessage,
  verifyMessageStream,
  verifySignedMessage,
} from '../../../src/messages/index.ts';
import {
  createTimeStampAuthority,
  parseTimeStampRequest,
  parseTimeStampResponse,
  verifyTimeStampToken,
} from '../../../src/timestamp/index.ts';
import { NOW } from '../authority.ts';
import type { Parser } from './complaint.ts';
import { CONTENT, PASSWORD, type World } from './world.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

async function drain(content: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of content) length += piece.length;
  return length;
}

/** Reads a message and does with it whatever its kind allows. */
async function useMessage(world: World, input: Uint8Array): Promise<unknown> {
  const message = parseMessage(input);
  const path = { anchors: world.anchors, intermediates: world.intermediates, time: NOW };
  const options = { decipherer: world.decipherer, certificate: world.receiver };
  switch (message.kind) {
    case 'signedData':
      return [message, verifySignedMessage(message, { path })];
    case 'envelopedData':
    case 'authEnvelopedData':
      return [message, await decryptMessage(message, options)];
    case 'signedAndEnvelopedData':
      return [message, await decryptAndVerifyMessage(message, { ...options, path })];
    case 'encryptedData':
      return [message, decryptWithKey(message, world.key)];
    default:
      return message;
  }
}

async function useStream(world: World, input: Uint8Array): Promise<unknown> {
  const half = input.length >> 1;
  const pieces = async function* () {
    yield input.slice(0, half);
    yield input.slice(half);
  };
  const { content, report } = verifyMessageStream(pieces(), {
    path: { anchors: world.anchors, intermediates: world.intermediates, time: NOW },
  });
  await drain(content);
  return report();
}

/** Everything that reads bytes from outside, with valid objects for it. */
export function parsersOf(world: World): readonly Parser[] {
  const { anchors, intermediates, ca, signer, tsa, decipherer } = world;
  const path = { anchors, intermediates, time: NOW };
  const stamping = createTimeStampAuthority({
    ...{ signer: tsa.signer, certificate: tsa.certificate, policy: '1.2.3.4', clock: () => NOW },
    serial: () => Uint8Array.of(1),
  });
  return [
    {
      name: 'certificate',
      samples: world.certificates,
      run: (input) => {
        const certificate = parseCertificate(input);
        checkCertificateSignature(certificate, ca.certificate);
        return [
          certificate,
          formatDistinguishedName(certificate.subjectRaw),
          validateCertificatePath(certificate, path),
        ];
      },
    },
    {
      name: 'certificate as intermediate',
      samples: [ca.certificate.raw],
      run: (input) =>
        validateCertificatePath(signer.certificate, {
          anchors,
          intermediates: [parseCertificate(input)],
          time: NOW,
        }),
    },
    {
      name: 'PEM',
      samples: world.certificates.map((der) => Buffer.from(pemEncode('CERTIFICATE', der))),
      run: (input) => certificatesFromPem(latin1(input)),
    },
    {
      name: 'certificate request',
      samples: [world.csr],
      run: (input) => {
        const csr = parseCertificateRequest(input);
        return [csr, verifyCertificateRequest(csr)];
      },
    },
    {
      name: 'CRL',
      samples: world.crls,
      run: (input) => {
        const crl = parseCrl(input);
        verifyCrlSignature(crl, ca.certificate);
        return [crl, [...crl.revoked], validateCertificatePath(signer.certificate, { ...path, crls: [crl] })];
      },
    },
    { name: 'OCSP request', samples: [world.ocspRequest], run: (input) => parseOcspRequest(input) },
    {
      name: 'OCSP response',
      samples: [world.ocspResponse],
      run: (input) => {
        const response = parseOcspResponse(input);
        const certificate = signer.certificate;
        return [response, verifyOcspResponse(response, { certificate, issuer: ca.certificate, time: NOW })];
      },
    },
    {
      name: 'message',
      samples: [
        ...world.signed,
        ...world.enveloped,
        world.signedAndEnveloped,
        world.encrypted,
        world.agreement,
      ],
      run: (input) => useMessage(world, input),
    },
    { name: 'message stream', samples: world.signed, run: (input) => useStream(world, input) },
    {
      name: 'time stamp request',
      samples: [world.stampRequest],
      run: (input) => parseTimeStampRequest(input),
    },
    {
      name: 'time stamp response',
      samples: [world.stampResponse],
      run: (input) => parseTimeStampResponse(input),
    },
    {
      name: 'time stamp token',
      samples: [world.token],
      run: (input) => verifyTimeStampToken(input, { content: CONTENT, path: { anchors, intermediates } }),
    },
    { name: 'PKCS#8', samples: [world.pkcs8], run: (input) => decodePrivateKey(input) },
    { name: 'SubjectPublicKeyInfo', samples: [world.spki], run: (input) => decodeSm2PublicKeyInfo(input) },
    {
      name: 'encrypted PKCS#8',
      samples: [world.encryptedKey],
      run: (input) => decryptPrivateKey(input, PASSWORD),
    },
    {
      name: 'private key in PEM',
      samples: [Buffer.from(pemEncode('PRIVATE KEY', world.pkcs8))],
      run: (input) => privateKeyFromPem(latin1(input)),
    },
    { name: 'PKCS#12', samples: [world.pkcs12], run: (input) => openPkcs12(input, PASSWORD) },
    {
      name: 'SM2EnvelopedKey',
      samples: [world.envelopedKey],
      run: (input) => openEnvelopedKey(input, decipherer),
    },
    { name: 'stamping', samples: [world.stampRequest], run: (input) => stamping.reply(input) },
  ];
}
