import { readFileSync } from 'node:fs';
import { SmError } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { packCertificates, unpackCertificates } from '../src/spec/v1/certificate-list.ts';
import {
  TEEC_LOGIN,
  TEEC_MEM,
  TEEC_PARAM,
  TEEC_PARAM_TYPE_GET,
  TEEC_PARAM_TYPES,
} from '../src/spec/v1/constants.ts';
import { TeecError, teecError } from '../src/spec/v1/error.ts';
import { TEE_CLIENT_ERRORS } from '../src/spec/v1/errors.ts';
import { MODULE_CAPABILITIES, MODULE_INTERFACE_VERSION } from '../src/spec/v1/module.ts';
import { operationParamTypes, outputBytes, teecParam } from '../src/spec/v1/operation.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from '../src/spec/v1/results.ts';
import {
  normalizeUuid,
  uuidFromOctets,
  uuidFromStruct,
  uuidToOctets,
  uuidToStruct,
} from '../src/spec/v1/uuid.ts';

const UUID = '8aaaf200-2450-11e4-abe2-0002a5d5c51b';

describe('constants of the client API', () => {
  it('have the values of the GlobalPlatform header [part of CC-002]', () => {
    expect(TEEC_PARAM).toEqual({
      NONE: 0,
      VALUE_INPUT: 1,
      VALUE_OUTPUT: 2,
      VALUE_INOUT: 3,
      MEMREF_TEMP_INPUT: 5,
      MEMREF_TEMP_OUTPUT: 6,
      MEMREF_TEMP_INOUT: 7,
      MEMREF_WHOLE: 12,
      MEMREF_PARTIAL_INPUT: 13,
      MEMREF_PARTIAL_OUTPUT: 14,
      MEMREF_PARTIAL_INOUT: 15,
    });
    expect(TEEC_MEM).toEqual({ INPUT: 1, OUTPUT: 2 });
    expect(Object.values(TEEC_LOGIN)).toEqual([0, 1, 2, 4, 5, 6]);
    expect(TEEC_ORIGINS).toEqual({ API: 1, COMMS: 2, TEE: 3, TRUSTED_APP: 4 });
    const generic: TeecResultName[] = [
      'GENERIC',
      'ACCESS_DENIED',
      'CANCEL',
      'ACCESS_CONFLICT',
      'EXCESS_DATA',
      'BAD_FORMAT',
      'BAD_PARAMETERS',
      'BAD_STATE',
      'ITEM_NOT_FOUND',
      'NOT_IMPLEMENTED',
      'NOT_SUPPORTED',
      'NO_DATA',
      'OUT_OF_MEMORY',
      'BUSY',
      'COMMUNICATION',
      'SECURITY',
      'SHORT_BUFFER',
      'EXTERNAL_CANCEL',
    ];
    expect(generic.map((name) => TEEC_RESULTS[name])).toEqual(generic.map((_, i) => 0xffff0000 + i));
    expect(TEEC_RESULTS.TARGET_DEAD).toBe(0xffff3024);
  });

  it('packs and unpacks parameter types [part of CC-002]', () => {
    const packed = TEEC_PARAM_TYPES(
      TEEC_PARAM.VALUE_INOUT,
      TEEC_PARAM.MEMREF_TEMP_OUTPUT,
      TEEC_PARAM.MEMREF_WHOLE,
      TEEC_PARAM.MEMREF_PARTIAL_INOUT,
    );
    expect(packed).toBe(0xfc63);
    expect([0, 1, 2, 3].map((i) => TEEC_PARAM_TYPE_GET(packed, i))).toEqual([3, 6, 12, 15]);
    expect(operationParamTypes({ params: [teecParam.valueInput(1), teecParam.tempOutput(4)] })).toBe(0x61);
  });

  it('names each result once and knows no others', () => {
    const values = Object.values(TEEC_RESULTS);
    expect(new Set(values).size).toBe(values.length);
    for (const [name, value] of Object.entries(TEEC_RESULTS)) expect(teecResultName(value)).toBe(name);
    expect(teecResultName(0xffff0012)).toBeUndefined();
  });
});

describe('errors', () => {
  it('have a code with text for each result, and keep result and origin', () => {
    for (const name of Object.keys(TEEC_RESULTS) as TeecResultName[]) {
      if (name === 'SUCCESS') continue;
      const error = teecError(name, 'TRUSTED_APP');
      expect(error).toBeInstanceOf(SmError);
      expect(error.code).toBe(`ERR_TEEC_${name}`);
      expect([error.result, error.origin]).toEqual([TEEC_RESULTS[name], 4]);
      expect(error.status & 0xff00).toBe(0x0400);
      expect(error.messageZh).toMatch(/[\u4e00-\u9fff]/);
      expect(TEE_CLIENT_ERRORS.is(error)).toBe(true);
    }
  });

  it('keep a result GlobalPlatform does not define', () => {
    const error = new TeecError(0xdeadbeef, 3);
    expect(error.code).toBe('ERR_TEEC_UNKNOWN_RESULT');
    expect(error.result).toBe(0xdeadbeef);
    expect(error.message).toContain('deadbeef');
  });

  it('an answer of success is never an error of success', () => {
    expect(new TeecError(0, 3).code).toBe('ERR_TEEC_UNKNOWN_RESULT');
  });
});

describe('UUID codec', () => {
  it('gives octets in the order of the text and the structure little-endian', () => {
    expect(Buffer.from(uuidToOctets(UUID)).toString('hex')).toBe('8aaaf200245011e4abe20002a5d5c51b');
    expect(Buffer.from(uuidToStruct(UUID)).toString('hex')).toBe('00f2aa8a5024e411abe20002a5d5c51b');
  });

  it('reads back what it wrote', () => {
    expect(uuidFromOctets(uuidToOctets(UUID.toUpperCase()))).toBe(UUID);
    expect(uuidFromStruct(uuidToStruct(UUID))).toBe(UUID);
    // As read from a device: a Buffer, whose slice() would be a view of the caller's memory.
    const read = Buffer.from(uuidToStruct(UUID));
    expect([uuidFromStruct(read), uuidFromStruct(read)]).toEqual([UUID, UUID]);
  });

  it.each([
    '',
    'x',
    UUID.slice(1),
    `${UUID}0`,
    UUID.replaceAll('-', ''),
    UUID.replace('8', 'g'),
    `${UUID}\n`,
    `{${UUID}}`,
  ])('refuses %j', (text) => {
    expect(() => normalizeUuid(text)).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_UUID_MALFORMED' }),
    );
  });

  it.each([15, 17, 0])('refuses %i octets', (length) => {
    expect(() => uuidFromOctets(new Uint8Array(length))).toThrowError(
      expect.objectContaining({ code: 'ERR_INPUT_LENGTH' }),
    );
  });
});

describe('operation helpers', () => {
  it('give the bytes of an output and nothing for a value', () => {
    const buffer = Uint8Array.of(1, 2, 3, 4);
    const operation = { params: [{ ...teecParam.tempOutput(buffer), size: 2 }, teecParam.valueOutput()] };
    expect(outputBytes(operation, 0)).toEqual(Uint8Array.of(1, 2));
    expect(outputBytes(operation, 1)).toBeUndefined();
    expect(outputBytes(operation, 3)).toBeUndefined();
  });

  it('take a whole block from its start, whatever offset was given', () => {
    const buffer = Uint8Array.of(1, 2, 3, 4);
    const parent = { buffer, size: 4, flags: 3, release: () => {} };
    const whole = { ...teecParam.whole(parent), offset: 3, size: 2 };
    const part = teecParam.partialOutput(parent, 1, 2);
    const operation = { params: [whole, part, teecParam.tempOutput(0), teecParam.none()] };
    expect(outputBytes(operation, 0)).toEqual(Uint8Array.of(1, 2));
    expect(outputBytes(operation, 1)).toEqual(Uint8Array.of(2, 3));
    expect(outputBytes(operation, 2)).toEqual(new Uint8Array(0));
    expect(outputBytes(operation, 3)).toBeUndefined();
  });

  it('never give more than there is when a larger size is required', () => {
    const operation = { params: [{ ...teecParam.tempOutput(new Uint8Array(4)), size: 99 }] };
    expect(outputBytes(operation, 0)).toHaveLength(4);
  });

  it('make every kind of parameter with its type', () => {
    const buffer = new Uint8Array(3);
    const parent = { buffer, size: 3, flags: 3, release: () => {} };
    const made = [
      teecParam.none(),
      teecParam.valueInput(1),
      teecParam.valueOutput(),
      teecParam.valueInout(1, 2),
      teecParam.tempInput(buffer),
      teecParam.tempOutput(buffer),
      teecParam.tempInout(buffer),
      teecParam.whole(parent),
      teecParam.partialInput(parent, 1, 2),
      teecParam.partialOutput(parent, 1, 2),
      teecParam.partialInout(parent, 1, 2),
    ];
    expect(made.map(({ type }) => type)).toEqual(Object.values(TEEC_PARAM));
    expect(teecParam.tempOutput(5)).toEqual({ type: 6, buffer: new Uint8Array(5), size: 5 });
    expect(teecParam.tempOutput(0)).toEqual({ type: 6, buffer: null, size: 0 });
  });
});

describe('the module-side interface', () => {
  it('is version 1 and names each capability once [part of CSSI-013]', () => {
    expect(MODULE_INTERFACE_VERSION).toBe('1');
    expect(new Set(MODULE_CAPABILITIES).size).toBe(MODULE_CAPABILITIES.length);
    for (const name of MODULE_CAPABILITIES) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
});

describe('certificate list', () => {
  it('reads back what it wrote', () => {
    const list = [Uint8Array.of(1, 2, 3), new Uint8Array(300)];
    expect(unpackCertificates(packCertificates(list))).toEqual(list);
    const answer = Buffer.from(packCertificates(list));
    const unpacked = unpackCertificates(answer);
    answer.fill(0);
    expect(unpacked).toEqual(list);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['half a length', new Uint8Array(3)],
    ['an empty certificate', new Uint8Array(4)],
    ['a certificate cut short', packCertificates([new Uint8Array(9)]).subarray(0, 12)],
    ['a length of 4 GiB', Uint8Array.of(255, 255, 255, 255, 0)],
    ['nine certificates', packCertificates(Array.from({ length: 9 }, () => Uint8Array.of(0)))],
  ])('refuses %s', (_, list) => {
    expect(() => unpackCertificates(list)).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_ANSWER_MALFORMED' }),
    );
  });
});

describe('package', () => {
  it('exports the subpaths the README names', () => {
    const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    expect(Object.keys(exports)).toEqual([
      '.',
      './ta',
      './management',
      './adapters/software',
      './adapters/configfs-tsm',
      './evidence',
      './channel',
      './synthetic',
      './conformance',
    ]);
  });
});
