import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  openReferenceStore,
  readAppraisalPolicy,
  signReferenceValues,
} from '../../../src/evidence/appraisal/index.ts';
import { ATTESTATION_STEPS } from '../../../src/spec/v1/attestation.ts';
import { issuerSigner, TIME } from './support.ts';

const guide = readFileSync(new URL('../../../../../docs/guides/relying-parties.md', import.meta.url), 'utf8');
const documents = [...guide.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text ?? '');

describe('the guide for relying parties', () => {
  it('shows a policy that is one', () => {
    const [policy] = documents.filter((text) => text.includes('cssi-appraisal-policy/1'));
    const read = readAppraisalPolicy(new TextEncoder().encode(policy));
    expect(read).toMatchObject({ allowDebug: false, allowEmulated: false, requireMemoryEncryption: true });
  });

  it('shows reference values that can be signed and used', async () => {
    const [values] = documents.filter((text) => text.includes('"sequence"'));
    const signed = await signReferenceValues(JSON.parse(values ?? ''), issuerSigner);
    const store = openReferenceStore({ issuers: [{ publicKeyInfo: issuerSigner.publicKeyInfo }] });
    expect(store.add(signed, TIME).measurements).toHaveLength(1);
    expect(documents).toHaveLength(2);
  });

  it('names every step', () => {
    const named = [...guide.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, step]) => step);
    expect(named).toEqual([...ATTESTATION_STEPS]);
  });
});
