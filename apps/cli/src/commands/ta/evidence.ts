import { coreOperations } from '@cssi/security-service-api';
import { fromBase64, type JsonValue, parseJson, randomBytes, toBase64, toHex } from '@cssi/sm-core';
import { type Evidence, ROOT_KEY_LIMITS, TEE_CLIENT_ERRORS, verifyEvidence } from '@cssi/tee-client';
import type { Arguments, CommandGroup } from '../../command.ts';
import { CONNECTION_OPTIONS, CONNECTION_SYNOPSIS, withConnection } from '../../connection.ts';
import { CLI_ERRORS } from '../../errors.ts';
import { readAnchors, readBounded, timeOf, writePrivate } from '../../files.ts';
import { verdictOutcome } from '../../show.ts';

const MAX_EVIDENCE_BYTES = 256 * 1024;

function decodeEvidence(bytes: Uint8Array): Evidence {
  const value = parseJson(bytes, MAX_EVIDENCE_BYTES) as Partial<Record<string, JsonValue>> | null;
  const { format, report, certificates } = value ?? {};
  if (typeof format !== 'string' || typeof report !== 'string' || !Array.isArray(certificates)) {
    throw TEE_CLIENT_ERRORS.create('ERR_TEE_EVIDENCE_MALFORMED', { detail: 'expected=evidence as JSON' });
  }
  return {
    format,
    report: fromBase64(report),
    certificates: certificates.map((item) => fromBase64(String(item))),
  };
}

/** The reference value of `--measurement`. @throws SmError ERR_CLI_USAGE */
function referenceOf(args: Arguments): { readonly reference?: { readonly taMeasurement: string } } {
  const measurement = args.hex('measurement');
  if (measurement === undefined) return {};
  if (measurement.length !== 32) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: '--measurement expects 64 hex digits' });
  }
  return { reference: { taMeasurement: toHex(measurement) } };
}

/** The nonce that the evidence answers. @throws SmError ERR_CLI_USAGE */
function nonceOf(args: Arguments): Uint8Array {
  args.required('nonce');
  const nonce = args.hex('nonce')!;
  if (nonce.length < ROOT_KEY_LIMITS.nonceMin || nonce.length > ROOT_KEY_LIMITS.nonceMax) {
    throw CLI_ERRORS.create('ERR_CLI_USAGE', { detail: '--nonce expects 16 to 64 bytes' });
  }
  return nonce;
}

/** `cssi ta evidence`, `cssi ta verify` */
export const evidenceCommands: CommandGroup = {
  evidence: {
    synopsis: `${CONNECTION_SYNOPSIS} --root FILE [--measurement HEX] [--out FILE]`,
    summary: 'asks a server for the evidence of its TEE and verifies it',
    options: { ...CONNECTION_OPTIONS, root: { many: true }, measurement: {}, out: {} },
    async run(args) {
      const reference = referenceOf(args);
      const anchors = await readAnchors(args.many('root'));
      const nonce = randomBytes(32);
      const answer = await withConnection(args, 'hmac-sm3', ({ client }) =>
        client.call(coreOperations.evidence, { nonce: toBase64(nonce) }),
      );
      const out = args.text('out');
      if (out !== undefined) await writePrivate(out, `${JSON.stringify(answer, null, 2)}\n`);
      const evidence = decodeEvidence(Buffer.from(JSON.stringify(answer)));
      const verdict = verifyEvidence(evidence, {
        nonce,
        anchors,
        time: new Date(),
        ...reference,
      });
      return verdictOutcome(verdict, {
        nonce: toHex(nonce),
        claims: JSON.parse(JSON.stringify(verdict.claims)),
      });
    },
  },
  verify: {
    synopsis: 'FILE --nonce HEX --root FILE [--measurement HEX] [--max-age SECONDS] [--time ISO]',
    summary: 'verifies stored evidence',
    options: { nonce: {}, root: { many: true }, measurement: {}, 'max-age': {}, time: {} },
    async run(args) {
      const nonce = nonceOf(args);
      const reference = referenceOf(args);
      const maxAgeSeconds = args.whole('max-age');
      const verdict = verifyEvidence(
        decodeEvidence(await readBounded(args.only('FILE'), MAX_EVIDENCE_BYTES)),
        {
          nonce,
          anchors: await readAnchors(args.many('root')),
          time: timeOf(args.text('time')),
          ...reference,
          ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
        },
      );
      return verdictOutcome(verdict, { claims: JSON.parse(JSON.stringify(verdict.claims)) });
    },
  },
};
