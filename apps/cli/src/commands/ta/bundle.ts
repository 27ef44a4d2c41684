import { TA_MAX_BUNDLE_BYTES, TA_MAX_CODE_BYTES } from '@cssi/tee-client';
import {
  buildBundle,
  encryptBundle,
  inspectBundle,
  managementSigner,
  payloadDigest,
  signBundle,
} from '@cssi/tee-client/management';
import { type CommandGroup, EXIT, type Outcome } from '../../command.ts';
import { PUBLIC_MODE, readBounded, withNewFile, writePublic } from '../../files.ts';
import { withSm2Key } from '../../pki/private-key-file.ts';
import { certifiedBundleKey, readDeviceFacts, readManifestFile, readSm2PublicKey } from '../../ta/input.ts';

const made = (out: string, bundle: Uint8Array): Outcome => {
  const digest = payloadDigest(bundle);
  return {
    exitCode: EXIT.done,
    json: { out, bytes: bundle.length, digest },
    lines: [`${out}: ${bundle.length} bytes`, `SM3 ${digest}`],
  };
};

export const bundleCommands: CommandGroup = {
  sign: {
    synopsis: 'SCRIPT --manifest FILE --key FILE --out FILE',
    summary: 'signs a script with its manifest: the bundle of a trusted application',
    options: { manifest: {}, key: {}, out: {} },
    help: [
      ['--manifest FILE', 'manifest.json of the application'],
      ['--key FILE', 'SM2 private key of the developer (cssi pki key new)'],
      ['--out FILE', 'the bundle; never replaces a file'],
    ],
    async run(args) {
      const out = args.required('out');
      const keyFile = args.required('key');
      const manifest = await readManifestFile(args.required('manifest'));
      const unsigned = buildBundle(manifest, await readBounded(args.only('SCRIPT'), TA_MAX_CODE_BYTES));
      return withNewFile(out, PUBLIC_MODE, async (write) => {
        const bundle = await withSm2Key(keyFile, (pair) => signBundle(unsigned, managementSigner(pair)));
        await write(bundle);
        return made(out, bundle);
      });
    },
  },
  encrypt: {
    synopsis: 'BUNDLE --to FILE --root FILE --out FILE',
    summary: 'encrypts a signed bundle to one TEE, so that nobody else reads its code',
    options: { to: {}, root: {}, out: {} },
    help: [
      ['--to FILE', 'facts of the TEE as cssi ta device info --json prints them'],
      ['--root FILE', 'device root certificate, from a source you trust: it vouches for the key'],
    ],
    async run(args) {
      const out = args.required('out');
      const root = args.required('root');
      const bundleKey = await certifiedBundleKey(await readDeviceFacts(args.required('to')), root);
      const bundle = encryptBundle(await readBounded(args.only('BUNDLE'), TA_MAX_BUNDLE_BYTES), bundleKey);
      await writePublic(out, bundle);
      return made(out, bundle);
    },
  },
  inspect: {
    synopsis: 'BUNDLE [--signer FILE]',
    summary: 'shows what a bundle is and may do, and checks its signature',
    options: { signer: {} },
    help: [
      ['--signer FILE', 'public key that should have signed it; without it the signature is not judged'],
    ],
    async run(args) {
      const signerFile = args.text('signer');
      const signer = signerFile === undefined ? undefined : await readSm2PublicKey(signerFile);
      const found = inspectBundle(await readBounded(args.only('BUNDLE'), TA_MAX_BUNDLE_BYTES), signer);
      const { header, envelope } = found.bundle;
      const { manifest } = header;
      const accepted = found.signatureValid !== false && found.codeMatches !== false;
      const judged =
        found.signatureValid === undefined
          ? 'not judged: name the signer with --signer'
          : found.signatureValid
            ? 'valid'
            : 'NOT VALID for this signer';
      const list = (items: readonly (string | number)[] | null) =>
        items === null ? 'all' : items.length === 0 ? 'none' : items.join(' ');
      return {
        exitCode: accepted ? EXIT.done : EXIT.negative,
        json: JSON.parse(
          JSON.stringify({
            accepted,
            digest: found.digest,
            signer: header.signer,
            signatureValid: found.signatureValid ?? null,
            codeDigest: header.codeDigest,
            codeMatches: found.codeMatches ?? null,
            encryptedTo: envelope?.recipient ?? null,
            manifest,
          }),
        ),
        lines: [
          `${manifest.name} ${manifest.version}  ${manifest.uuid}`,
          ...(manifest.description === '' ? [] : [manifest.description]),
          `signer      ${header.signer}`,
          `signature   ${judged}`,
          `code        SM3 ${header.codeDigest}, ${header.codeLength} bytes${
            found.codeMatches === undefined
              ? ', encrypted'
              : found.codeMatches
                ? ''
                : ', NOT the code in the bundle'
          }`,
          ...(envelope === undefined ? [] : [`encrypted to ${envelope.recipient}`]),
          `APIs        ${list(manifest.apis)}`,
          `services    ${list(manifest.services)}`,
          `commands    ${list(manifest.commands)}`,
          `logins      ${list(manifest.logins)}`,
          `callers     ${list(manifest.callers)}`,
          `sockets     ${list(manifest.socketPeers)}`,
          `memory      ${manifest.memoryBytes} bytes, storage ${manifest.storageBytes} bytes`,
          `bundle      SM3 ${found.digest}`,
        ],
      };
    },
  },
};
