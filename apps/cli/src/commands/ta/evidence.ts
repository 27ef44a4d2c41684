import { coreOperations } from '@cssi/security-service-api';
import { type JsonValue, randomBytes, SmError, toBase64, toHex } from '@cssi/sm-core';
import { KEY_VAULT_UUID, openRootKeyService, type TeecUuid } from '@cssi/tee-client';
import { openConfigfsTsm } from '@cssi/tee-client/adapters/configfs-tsm';
import type { SoftwareTee } from '@cssi/tee-client/adapters/software';
import { isChannelReportData } from '@cssi/tee-client/channel';
import { attesterOf, encodeEvidence, recogniseEvidence, verifyAttestation } from '@cssi/tee-client/evidence';
import { type Arguments, type Command, EXIT } from '../../command.ts';
import { CONNECTION_OPTIONS, CONNECTION_SYNOPSIS, withConnection } from '../../connection.ts';
import { writePrivate } from '../../files.ts';
import { usageError } from '../../pki/options.ts';
import { languageOf } from '../../pki/view.ts';
import { measurementPolicyOf, trustOf } from '../../ta/attestation-input.ts';
import { attestationOutcome } from '../../ta/attestation-view.ts';
import { uuidOf } from '../../ta/input.ts';
import { existingTee, withTee } from '../../ta/local-tee.ts';
import { softwareEvidence } from '../../ta/read-evidence.ts';

const NONCE = { min: 16, max: 64 };

function nonceOf(args: Arguments): Uint8Array {
  const nonce = args.hex('nonce') ?? randomBytes(32);
  if (nonce.length < NONCE.min || nonce.length > NONCE.max) {
    throw usageError(`--nonce expects ${NONCE.min} to ${NONCE.max} bytes`);
  }
  // Evidence for such a challenge would let whoever gave it pass for this TEE in a handshake of their own.
  if (isChannelReportData(nonce)) throw usageError('--nonce: report data of an attested channel');
  return nonce;
}

/** Evidence of an application by the service of its runtime, for which its manifest has to ask. */
async function ofApplication(
  tee: SoftwareTee,
  application: TeecUuid,
  nonce: Uint8Array,
): Promise<Uint8Array> {
  const enclave = await tee.enclaves().create(application);
  try {
    return await attesterOf(enclave).evidence(nonce);
  } catch (error) {
    // Why there is none says more than that there is none.
    throw error instanceof SmError && error.cause instanceof SmError ? error.cause : error;
  } finally {
    await enclave.destroy();
  }
}

/** Evidence of the key vault, which gives it by a command of its own. */
async function ofKeyVault(tee: SoftwareTee, nonce: Uint8Array): Promise<Uint8Array> {
  const service = await openRootKeyService(tee);
  try {
    return encodeEvidence(await service.evidence(nonce));
  } finally {
    await service.close();
  }
}

/** Evidence of a local software TEE's application, the key vault when none is named. */
async function ofLocalTee(args: Arguments, nonce: Uint8Array): Promise<Uint8Array> {
  const text = args.text('application');
  const application = text === undefined ? KEY_VAULT_UUID : uuidOf(text, 'application');
  return withTee(await existingTee(args), (tee) =>
    application === KEY_VAULT_UUID ? ofKeyVault(tee, nonce) : ofApplication(tee, application, nonce),
  );
}

const ofServer = async (args: Arguments, nonce: Uint8Array): Promise<Uint8Array> =>
  softwareEvidence(
    JSON.parse(
      JSON.stringify(
        await withConnection(args, 'hmac-sm3', ({ client }) =>
          client.call(coreOperations.evidence, { nonce: toBase64(nonce) }),
        ),
      ),
    ) as JsonValue,
  );

/** The one source that the options name. @throws SmError ERR_CLI_USAGE */
function sourceOf(args: Arguments): (nonce: Uint8Array) => Promise<Uint8Array> {
  const given = [args.text('server') !== undefined, args.text('data') !== undefined, args.flag('tsm')];
  if (given.filter(Boolean).length !== 1) {
    throw usageError('name one source: --server ADDRESS, --data DIR or --tsm');
  }
  if (given[0]) return (nonce) => ofServer(args, nonce);
  if (given[1]) return (nonce) => ofLocalTee(args, nonce);
  return async (nonce) => (await openConfigfsTsm()).evidence(nonce);
}

/** `cssi ta evidence` */
export const evidence: Command = {
  synopsis: `(${CONNECTION_SYNOPSIS} | --data DIR [--application UUID] | --tsm) [--nonce HEX] [--anchors PATH… [--endorsements PATH…] [--measurement NAME=ALGORITHM:HEX…]] [--out FILE] [--lang zh|en|both]`,
  summary: 'asks a server, a local TEE or this machine for evidence, and verifies it when anchors are given',
  options: {
    ...CONNECTION_OPTIONS,
    data: {},
    mode: {},
    application: {},
    tsm: { flag: true },
    nonce: {},
    anchors: { many: true },
    endorsements: { many: true },
    measurement: { many: true },
    out: {},
    lang: {},
  },
  help: [
    ['--data DIR', 'data folder of a software TEE of this machine'],
    ['--application UUID', 'of which application; of the key vault when left out'],
    ['--tsm', 'of this machine itself: Linux in a TDX, SEV-SNP or CCA guest, by configfs-tsm'],
    ['--nonce HEX', 'the challenge, 16 to 64 bytes; random when left out, and shown'],
    ['--anchors PATH', 'file or folder; without it nothing is verified'],
    ['--out FILE', 'where the evidence is written to; never replaces a file'],
  ],
  async run(args) {
    const language = languageOf(args);
    const out = args.text('out');
    const verifies = args.many('anchors').length > 0;
    if (out === undefined && !verifies) throw usageError('give --out FILE, --anchors PATH or both');
    const unused = ['endorsements', 'measurement'].find((name) => args.many(name).length > 0);
    if (!verifies && unused !== undefined) throw usageError(`--${unused} needs --anchors`);
    const policy = measurementPolicyOf(args);
    const source = sourceOf(args);
    const { material, passedOver } = await trustOf(args);
    const nonce = nonceOf(args);
    const bytes = await source(nonce);
    if (out !== undefined) await writePrivate(out, bytes);
    const facts = { nonce: toHex(nonce), ...(out === undefined ? {} : { out }) };
    const type = recogniseEvidence(bytes)?.type;
    if (!verifies) {
      return {
        exitCode: EXIT.done,
        json: { ...facts, type: type ?? 'unknown', bytes: bytes.length },
        lines: [`${out}: ${bytes.length} bytes, ${type ?? 'unknown'}, not verified`, `nonce ${facts.nonce}`],
      };
    }
    const verdict = verifyAttestation(bytes, {
      time: new Date(),
      ...material,
      reportData: nonce,
      ...(policy === undefined || type === undefined ? {} : { policy: policy(type) }),
    });
    return attestationOutcome(verdict, language, facts, passedOver);
  },
};
