import { parseCertificate } from '@cssi/pki';
import { fromBase64, isAccepted, sm2, sm3, utf8 } from '@cssi/sm-core';
import { runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { softwareTaMeasurement } from '../../src/adapters/software/index.ts';
import { openConfidentialQuery } from '../../src/confidential-query.ts';
import { rootKeyServiceSuite } from '../../src/conformance/index.ts';
import { encodeDomainKey, openKeyVault } from '../../src/key-vault.ts';
import {
  encryptPersonalisation,
  managementCommand,
  managementSigner,
  payloadDigest,
  plainPersonalisation,
} from '../../src/management/index.ts';
import { openRootKeyService } from '../../src/root-key-service.ts';
import { CONFIDENTIAL_QUERY_UUID } from '../../src/spec/v1/confidential-query.ts';
import { TEEC_LOGIN } from '../../src/spec/v1/constants.ts';
import { KEY_VAULT_UUID } from '../../src/spec/v1/key-vault.ts';
import { verifyEvidence } from '../../src/verify-evidence.ts';
import { clock, failureOf, MODES, startTee } from '../support.ts';
import { cellsOf, hospital, policyOf, visits } from './query-support.ts';

const SEED = 'root key service of the key vault';
console.info(`software: seed ${SEED}`);

const pair = sm2.generateKeyPair();
const signer = managementSigner(pair);
const DOMAIN_KEY = { domain: 'records.example', version: 1, key: sm3(utf8('domain key')), clients: null };

describe.each(MODES)('trusted applications in a compartment, mode %s', (mode) => {
  it('the key vault carries the root key service through its suite [part of CC-023]', async () => {
    const { tee } = await startTee({ mode });
    const subject = {
      open: () => openRootKeyService(tee),
      anchors: [parseCertificate(tee.rootCertificate)],
      taMeasurement: softwareTaMeasurement(undefined, mode),
      time: clock,
    };
    const report = await runSuite(
      rootKeyServiceSuite,
      { name: mode, emulated: true, subject },
      { seed: SEED, now: clock() },
    );
    expect(report.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  it('the key vault keeps keys of users over restarts of the TEE [part of CSSI-005] [part of CSSI-006]', async () => {
    const first = await startTee({ mode });
    const login = { connectionMethod: TEEC_LOGIN.USER };
    const vault = await openKeyVault(first.tee, login);
    const { id, owner } = await vault.generateKey({ type: 'SM4', label: 'records' });
    expect(owner.login).toBe(TEEC_LOGIN.USER);
    const sealed = await vault.encrypt(id, utf8('record'), utf8('aad'));
    const anybody = await openKeyVault(first.tee);
    expect(await failureOf(() => anybody.decrypt(id, sealed, utf8('aad')))).toMatchObject({
      code: 'ERR_TEEC_ACCESS_DENIED',
    });
    await first.tee.close();
    const second = await startTee({ mode, dataDir: first.dataDir });
    const again = await openKeyVault(second.tee, login);
    expect(await again.decrypt(id, sealed, utf8('aad'))).toEqual(utf8('record'));
  });

  it('two modules personalised with one domain key open what the other protected [part of CSSI-009]', async () => {
    const vaults = [];
    for (const encrypted of [false, true]) {
      const { tee } = await startTee({ mode, managementKey: pair.publicKey });
      const data = encodeDomainKey(DOMAIN_KEY);
      const payload = encrypted
        ? encryptPersonalisation(KEY_VAULT_UUID, data, fromBase64(tee.info.bundleKey))
        : plainPersonalisation(data);
      const command = await managementCommand(
        { action: 'personalise-ta', ta: KEY_VAULT_UUID, dataDigest: payloadDigest(payload) },
        { device: tee.info.device, sequence: 1, signer },
      );
      await tee.module.manage(command, payload);
      vaults.push(await openKeyVault(tee));
    }
    const [a, b] = vaults;
    if (a === undefined || b === undefined) throw new Error('vaults');
    const blob = await a.protect('records.example', utf8('record'), utf8('aad'));
    expect(await b.unprotect(blob, utf8('aad'))).toEqual(utf8('record'));
    expect(await a.unprotect(await b.protect('records.example', utf8('back')))).toEqual(utf8('back'));
  });

  it('the confidential query takes data and answers [part of CC-016]', async () => {
    const { tee } = await startTee({ mode });
    const service = await openConfidentialQuery(tee);
    const nonce = sm3(utf8('nonce'));
    const verdict = verifyEvidence(await service.evidence(nonce), {
      nonce,
      anchors: [parseCertificate(tee.rootCertificate)],
      time: clock(),
      reference: {
        taUuid: CONFIDENTIAL_QUERY_UUID,
        taMeasurement: softwareTaMeasurement(CONFIDENTIAL_QUERY_UUID, mode),
      },
    });
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.userData).toEqual(sm3(fromBase64((await service.info()).publicKey)));
    await service.registerOwner(hospital, 'hospital');
    const dataSet = await service.upload(hospital, visits());
    const policy = await service.approvePolicy(hospital, policyOf([dataSet]));
    const query = {
      policy,
      aggregate: { kind: 'count' },
      groupBy: [{ column: '0.ward', by: 'value' }],
      epsilon: 20_000_000,
    } as const;
    const cells = cellsOf(await service.query(query));
    expect(Math.abs((cells.south as number) - 200)).toBeLessThan(10);
    for (let i = 0; i < 4; i++) await service.query(query);
    expect(await failureOf(() => service.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_BUDGET' });
  });
});
