import type { Change } from './cursor-store.js';
import { type MessageRecord, messageOf } from './message.js';
import { targetDefaults } from '../../../../test/support/target-defaults.js';
import type { Target } from '../targets/target.js';
import { WebhookSignature } from './webhook-signature.js';

const target: Target = {
  ...targetDefaults,
  id: 1,
  name: 'environment',
  agency: null,
  resource: { name: 'policies', type: 'policy', database: 'policy', table: 'policies' },
  url: 'http://127.0.0.1:9',
  signature: new WebhookSignature(`whsec_${'A'.repeat(44)}`),
  allowedNetworks: [],
};
const record: MessageRecord = { agency: 'hhs', recordId: '123', resync: null };
const change: Change = {
  version: 7,
  action: 'updated',
  document: '{"b" : 1e21,"a":-0, "text":"é\\u0000"}',
  context: '{"actor":"ada"}',
  changedAt: '2026-01-02T03:04:05.678901Z',
  hash: Buffer.alloc(32, 0xfb),
};

describe('the message of a change', () => {
  it('has the stored document in its body, byte for byte', () => {
    const { body } = messageOf(target, record, change);
    expect(body).toBe('{"id":"123","data":{"b" : 1e21,"a":-0, "text":"é\\u0000"}}');
  });

  it('describes itself as a CloudEvent', () => {
    const { id, headers } = messageOf(target, record, change);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'HMS',
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': '/agencies/hhs/policies',
      'ce-type': 'gov.hms.policy.updated',
      'ce-subject': '123',
      'ce-time': '2026-01-02T03:04:05.678901Z',
      'ce-sequence': '7',
    });
  });

  it('says that it is a resync', () => {
    expect(messageOf(target, { ...record, resync: 5 }, change).headers).toMatchObject({
      'hms-resync': 'true',
    });
  });

  it('has the same id whenever it is made, and no dot in it', () => {
    const { id } = messageOf(target, record, change);
    expect(id).toBe('policies_v7_-_v7-_v7-_v7-_v7-_v7-w');
    const other: Target = { ...target, id: 2 };
    expect(messageOf(other, record, change).id).toBe(id);
  });

  it('has another id for another entry of the log, and for each resync', () => {
    const ids = [
      messageOf(target, record, change),
      messageOf(target, record, { ...change, hash: Buffer.alloc(32, 0xfc) }),
      messageOf(target, { ...record, resync: 5 }, change),
      messageOf(target, { ...record, resync: 6 }, change),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('passes on a well-formed trace', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = messageOf(target, record, {
      ...change,
      context: JSON.stringify({ traceparent: trace }),
    });
    expect(headers['traceparent']).toBe(trace);
  });

  it.each(['00-0-0-01', '00-00000000000000000000000000000000-b7ad6b7169203331-01', 'x\r\ny', 5, null])(
    'leaves out the trace %p',
    (traceparent) => {
      const { headers } = messageOf(target, record, { ...change, context: JSON.stringify({ traceparent }) });
      expect(headers).not.toHaveProperty('traceparent');
    },
  );

  it('encodes what a header may not hold', () => {
    const { headers } = messageOf(target, { ...record, agency: 'a b/é', recordId: 'x "%é😀' }, change);
    expect(headers['ce-subject']).toBe('x%20%22%25%C3%A9%F0%9F%98%80');
    expect(headers['ce-source']).toBe('/agencies/a%20b%2F%C3%A9/policies');
  });
});
