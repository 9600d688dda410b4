import { inspect } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { WebhookSignature, WebhookVerificationError } from './webhook-signature.js';

const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const body = Buffer.from('{"id":"123","data":{"title":"Größe 😀"}}');

describe('the webhook signature', () => {
  const signature = new WebhookSignature(secret);
  const headers = { ...signature.sign('policies_x_v1', body) };

  it('is accepted by the Standard Webhooks library', () => {
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body.toString()));
  });

  it('accepts what the Standard Webhooks library signs', () => {
    const now = new Date();
    const given = new Webhook(secret).sign('m1', now, body);
    const timestamp = String(Math.floor(now.getTime() / 1000));
    const message = { 'webhook-id': 'm1', 'webhook-timestamp': timestamp };
    expect(() => signature.verify({ ...message, 'webhook-signature': given }, body)).not.toThrow();
    expect(() =>
      signature.verify({ ...message, 'webhook-signature': `v1,AAAA ${given}` }, body),
    ).not.toThrow();
  });

  it.each([
    ['another body', headers, Buffer.from('{}')],
    ['another id', { ...headers, 'webhook-id': 'policies_x_v2' }, body],
    [
      'another time',
      { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
      body,
    ],
    [
      'an unknown version',
      { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') },
      body,
    ],
    ['no signature', { ...headers, 'webhook-signature': '' }, body],
    ['a time that is no number', { ...headers, 'webhook-timestamp': 'now' }, body],
  ])('refuses %s', (_, given, bytes) => {
    expect(() => signature.verify(given, bytes)).toThrow(WebhookVerificationError);
  });

  it('refuses a message that is more than five minutes old or early', () => {
    const now = Date.now();
    expect(() => signature.verify(headers, body, now + 299_000)).not.toThrow();
    expect(() => signature.verify(headers, body, now + 302_000)).toThrow('too old or too new');
    expect(() => signature.verify(headers, body, now - 302_000)).toThrow('too old or too new');
  });

  it('does not show its secret', () => {
    expect(inspect(signature, { depth: 9, showHidden: true }) + JSON.stringify(signature)).not.toMatch(
      /MDEy|30 31 32/,
    );
  });

  it('refuses a secret that is too short', () => {
    expect(() => new WebhookSignature('whsec_c2hvcnQ=')).toThrow('at least 24 random bytes');
  });
});
