import type { JsonValue } from '@cssi/sm-core';
import {
  type AttestationOptions,
  attestationResult,
  createSoftwareVerifier,
  EVIDENCE_VERIFIERS,
  issueResultJwt,
  policyDigest,
  readAppraisalPolicy,
  recogniseEvidence,
  verifyAttestation,
} from '@cssi/tee-client/evidence';
import type { Arguments, Command } from '../../command.ts';
import { PUBLIC_MODE, readBounded, timeOf, withNewFile } from '../../files.ts';
import { usageError } from '../../pki/options.ts';
import { languageOf } from '../../pki/view.ts';
import { measurementPolicyOf, policyOf, referenceOf, trustOf } from '../../ta/attestation-input.ts';
import { attestationOutcome } from '../../ta/attestation-view.ts';
import { readEvidence } from '../../ta/read-evidence.ts';
import { withResultSigner } from '../../ta/result-signer.ts';

const MAX_NONCE_BYTES = 64;
/** What a token can carry. */
const MIN_TOKEN_NONCE_BYTES = 8;
/** A token for a negative verdict is written too: it says so. */
const EAR_LIFETIME_SECONDS = 300;
const VERIFIER = { developer: 'urn:cssi', build: 'cssi 0.1.0' };

const MAX_DOCUMENT_BYTES = 1 << 18;

/** The challenge that the evidence answers. @throws SmError ERR_CLI_USAGE */
function nonceOf(args: Arguments): { readonly reportData?: Uint8Array } {
  const reportData = args.hex('nonce');
  if (reportData === undefined) return {};
  if (reportData.length > MAX_NONCE_BYTES) throw usageError(`--nonce expects up to ${MAX_NONCE_BYTES} bytes`);
  return { reportData };
}

async function demandsOf(
  args: Arguments,
  evidence: Uint8Array,
  time: Date,
): Promise<Pick<AttestationOptions, 'policy' | 'reference'>> {
  const measurements = measurementPolicyOf(args);
  const given = await policyOf(args);
  if (given !== undefined && measurements !== undefined) {
    throw usageError('--policy and --measurement exclude each other: put the measurement into the policy');
  }
  const type = recogniseEvidence(evidence)?.type;
  const policy = given ?? (type === undefined ? undefined : measurements?.(type));
  const reference = await referenceOf(args, time);
  return { ...(policy === undefined ? {} : { policy }), ...(reference === undefined ? {} : { reference }) };
}

async function deploymentOf(args: Arguments): Promise<Pick<AttestationOptions, 'deployment'>> {
  const [document, host, policy] = [args.text('deployment'), args.text('host'), args.text('host-policy')];
  // Evidence that nothing is demanded of would count for nothing.
  if ((host === undefined) !== (policy === undefined))
    throw usageError('--host and --host-policy need each other');
  if (document === undefined) {
    if (host !== undefined) throw usageError('--host and --host-policy need --deployment');
    return {};
  }
  if (args.text('nonce') === undefined)
    throw usageError('--deployment needs --nonce: the evidence binds both together');
  return {
    deployment: {
      document: await readBounded(document, MAX_DOCUMENT_BYTES),
      ...(host === undefined ? {} : { host: await readEvidence(host) }),
      ...(policy === undefined
        ? {}
        : { hostPolicy: readAppraisalPolicy(await readBounded(policy, MAX_DOCUMENT_BYTES)) }),
    },
  };
}

/** `cssi ta verify` */
export const verify: Command = {
  synopsis:
    'FILE --anchors PATH… [--endorsements PATH…] [--nonce HEX] [--policy FILE] [--reference FILE… --issuer FILE… [--reference-state FILE]] [--measurement NAME=ALGORITHM:HEX…] [--deployment FILE [--host FILE --host-policy FILE]] [--max-age SECONDS] [--time ISO] [--ear FILE --key FILE] [--lang zh|en|both]',
  summary: 'verifies and appraises evidence of any TEE, and says what it is',
  options: {
    anchors: { many: true },
    endorsements: { many: true },
    nonce: {},
    policy: {},
    reference: { many: true },
    issuer: { many: true },
    'reference-state': {},
    measurement: { many: true },
    deployment: {},
    host: {},
    'host-policy': {},
    'max-age': {},
    time: {},
    ear: {},
    key: {},
    lang: {},
  },
  help: [
    [
      '--anchors PATH',
      'file or folder; self-signed certificates, Hygon root keys and public keys in it are trusted',
    ],
    [
      '--endorsements PATH',
      'file or folder with certificates, lists and statements that help; never trusted',
    ],
    ['--nonce HEX', 'the challenge that the evidence has to answer: its report data'],
    ['--policy FILE', 'appraisal policy (JSON): what is demanded of the TEE'],
    ['--reference FILE', 'signed reference values; with --issuer, the public key that signed them'],
    [
      '--reference-state FILE',
      'keeps the newest number of each issuer, so that no older set is believed again',
    ],
    ['--measurement …', 'a measurement by its name, such as launch=sm3:…; 64 hex digits: an application'],
    ['--deployment FILE', 'statement of the container or virtual machine that the evidence is bound to'],
    ['--host FILE', 'evidence of the machine below, judged by --host-policy'],
    ['--max-age SECONDS', 'how old evidence with a date may be; of the software TEE 300 when left out'],
    ['--time ISO', 'time of judgement; now when left out'],
    ['--ear FILE', 'writes the verdict as an EAR token, signed with --key (SM2 or P-256)'],
  ],
  async run(args) {
    const language = languageOf(args);
    const time = timeOf(args.text('time'));
    const file = args.only('FILE');
    const [ear, key] = [args.text('ear'), args.text('key')];
    if ((ear === undefined) !== (key === undefined)) throw usageError('--ear and --key need each other');
    const nonce = nonceOf(args);
    const length = nonce.reportData?.length;
    if (ear !== undefined && length !== undefined && length < MIN_TOKEN_NONCE_BYTES) {
      throw usageError(`--nonce has to have ${MIN_TOKEN_NONCE_BYTES} bytes or more for a token of --ear`);
    }
    const deployment = await deploymentOf(args);
    const bytes = await readEvidence(file);
    const { material, passedOver } = await trustOf(args);
    const maxAge = args.whole('max-age');
    const options: AttestationOptions = {
      time,
      ...material,
      ...nonce,
      ...(await demandsOf(args, bytes, time)),
      ...deployment,
      ...(maxAge === undefined
        ? {}
        : {
            maxAgeSeconds: maxAge,
            verifiers: [createSoftwareVerifier(maxAge), ...EVIDENCE_VERIFIERS],
          }),
    };
    const verdict = verifyAttestation(bytes, options);
    const extra: Record<string, JsonValue> = {};
    if (ear !== undefined && key !== undefined) {
      const { policy } = options;
      const result = attestationResult(
        { evidence: verdict },
        {
          issuedAt: time,
          lifetimeSeconds: EAR_LIFETIME_SECONDS,
          verifier: VERIFIER,
          ...(options.reportData === undefined ? {} : { nonce: options.reportData }),
          ...(policy === undefined ? {} : { policy: policyDigest(policy) }),
        },
      );
      await withNewFile(ear, PUBLIC_MODE, (write) =>
        withResultSigner(key, async (signer) => write(await issueResultJwt(result, signer))),
      );
      extra.ear = ear;
    }
    return attestationOutcome(verdict, language, extra, passedOver);
  },
};
