import { generateKeyPairSync } from 'node:crypto';
import { isAccepted, sm2, sm3, type Verdict } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner } from '../src/adapters/software.ts';
import { issueCertificate, parseCertificate } from '../src/index.ts';
import { request, root, under } from './support/authority.ts';
import { statuses, troubles } from './support/codes.ts';
import { craft, extension, extensions } from './support/craft.ts';
import { CA, certificates, judge, resigned } from './support/path-judging.ts';

describe('each fault of a path or signature has a reason of its own [part of EDGE-020]', () => {
  const FAULTS: readonly [string, () => Promise<Verdict>, string, string[]][] = [
    [
      "a wrong curve of the issuer's key",
      async () => {
        const name = { commonName: 'P-256' };
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const signer = ecdsaP256SoftwareSigner(privateKey);
        const spec = request({ subject: name, issuer: name, publicKeyInfo: signer.publicKeyInfo });
        const anchor = parseCertificate(await issueCertificate(spec, signer));
        const sm2Leaf = await under(await root({ subject: name, issuer: name }), 'leaf');
        return judge(sm2Leaf, { anchors: [anchor] });
      },
      'failed failed passed',
      ['CERTIFICATE_SIGNATURE_KEY_MISMATCH', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'an unknown root',
      async () => {
        const leaf = await under(
          await root({ issuer: { commonName: 'x' }, subject: { commonName: 'x' } }),
          'leaf',
        );
        return judge(leaf, { anchors: certificates(await root()) });
      },
      'indeterminate failed passed',
      ['ISSUER_UNKNOWN', 'ISSUER_UNKNOWN', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a root of the same name and another key',
      async () => judge(await under(await root(), 'leaf'), { anchors: certificates(await root()) }),
      'failed failed passed',
      ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a complete path to a root nobody trusts',
      async () => {
        const strange = await root({ issuer: { commonName: 'x' }, subject: { commonName: 'x' } });
        const leaf = await under(strange, 'leaf');
        return judge(leaf, { anchors: certificates(await root()), intermediates: certificates(strange) });
      },
      'passed failed passed',
      ['SELF_SIGNED_NOT_TRUSTED', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a self-signed leaf',
      async () => judge(parseCertificate(craft()), { anchors: certificates(await root()) }),
      'passed failed passed',
      ['SELF_SIGNED_NOT_TRUSTED', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a leaf that issues',
      async () => {
        const anchor = await root();
        const person = await under(anchor, 'person');
        const leaf = await under(person, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(person) });
      },
      'passed failed passed',
      ['ISSUER_NOT_CA', 'ISSUER_KEY_USAGE'],
    ],
    [
      'a leaf that issues and is an anchor',
      async () => {
        const person = await under(await root(), 'person');
        return judge(await under(person, 'leaf'), { anchors: certificates(person) });
      },
      'passed failed passed',
      ['ISSUER_NOT_CA', 'ISSUER_KEY_USAGE'],
    ],
    [
      'a CA that may sign lists only',
      async () => {
        const anchor = await root();
        const ca = await under(anchor, 'CA', { ...CA, keyUsage: ['cRLSign'] });
        const leaf = await under(ca, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(ca) });
      },
      'passed failed passed',
      ['ISSUER_KEY_USAGE'],
    ],
    [
      'a CA below a CA that allows none',
      async () => {
        const anchor = await root({ pathLength: 0 });
        const ca = await under(anchor, 'CA', CA);
        const leaf = await under(ca, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), intermediates: certificates(ca) });
      },
      'passed failed passed',
      ['PATH_TOO_LONG'],
    ],
    [
      'a critical extension that is not evaluated',
      async () => {
        const rest = extensions(extension('2a030405', Uint8Array.of(5, 0), Uint8Array.of(1, 1, 0xff)));
        const leaf = parseCertificate(craft({ rest }));
        return judge(leaf, { anchors: [leaf] });
      },
      'passed failed passed',
      ['CRITICAL_EXTENSION_UNKNOWN'],
    ],
    [
      'the empty signer ID, self-signed',
      async () => judge(parseCertificate(craft({}, { id: new Uint8Array(0) })), {}),
      'failed indeterminate passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_ANCHOR_GIVEN'],
    ],
    [
      'the empty signer ID',
      () => resigned((pair, tbs) => sm2.signWith(pair, tbs, { id: new Uint8Array(0) })),
      'failed failed passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'plain SM3 without Z',
      () => resigned((pair, tbs) => sm2.signDigest(pair.privateKey, sm3(tbs))),
      'failed failed passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'a signature that is no DER',
      () => resigned(() => new Uint8Array(64)),
      'failed failed passed',
      ['CERTIFICATE_SIGNATURE_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'the default signer ID where another is wanted',
      async () => {
        const anchor = await root();
        const leaf = await under(anchor, 'leaf');
        return judge(leaf, { anchors: certificates(anchor), signerIds: [Uint8Array.of(1, 2)] });
      },
      'failed failed passed',
      ['CERTIFICATE_SIGNER_ID_WRONG', 'NO_PATH_TO_ANCHOR'],
    ],
    [
      'an anchor that was altered and is judged itself',
      async () => {
        const der = craft();
        der[der.length - 1]! ^= 1;
        const leaf = parseCertificate(der);
        return judge(leaf, { anchors: [leaf] });
      },
      'failed passed passed',
      ['CERTIFICATE_SIGNATURE_WRONG'],
    ],
    [
      'an algorithm that cannot be checked',
      async () => {
        // ECDSA with SHA-1
        const algorithm = Uint8Array.from(Buffer.from('300906072a8648ce3d0401', 'hex'));
        const leaf = parseCertificate(craft({ innerAlgorithm: algorithm, outerAlgorithm: algorithm }));
        return judge(leaf, { anchors: certificates(await root()) });
      },
      'indeterminate failed passed',
      ['CERTIFICATE_ALGORITHM_UNSUPPORTED', 'NO_PATH_TO_ANCHOR'],
    ],
  ];

  it.each(FAULTS)('%s', async (_, verdict, status, codes) => {
    const judged = await verdict();
    expect(statuses(judged)).toBe(status);
    expect(troubles(judged)).toEqual(codes);
    expect(isAccepted(judged)).toBe(false);
  });
});
