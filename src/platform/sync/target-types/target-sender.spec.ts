import { ConsoleLogger, Logger } from '@nestjs/common';
import { deliveryClient, targetAt } from '../../../../test/support/delivery-client.js';
import { gate } from '../../../../test/support/gate.js';
import type { Answer } from '../delivery/delivery-client.js';
import { AddressNotAllowedError, DeliveryError } from '../delivery/delivery-error.js';
import { TargetSender } from './target-sender.js';
import type { Delivery, TargetType, TypeAnswer } from './target-type.js';
import { TargetTypes } from './target-types.js';

const message = { id: 'm_v1', body: '{"id":"1","data":{}}', headers: { 'ce-id': 'm_v1' } };

describe('a target of a type that a module adds', () => {
  let deliver: TargetType['deliver'];
  let warnings: string[];

  class Shelf implements TargetType {
    readonly schemes = ['shelf'];

    urlProblem(): undefined {
      return undefined;
    }

    deliver(delivery: Delivery): Promise<TypeAnswer> {
      return deliver(delivery);
    }
  }

  beforeEach(() => {
    warnings = [];
    Logger.overrideLogger(
      Object.assign(new ConsoleLogger(), { warn: (text: string) => void warnings.push(text) }),
    );
  });

  afterEach(() => {
    Logger.overrideLogger(new ConsoleLogger());
  });

  const sender = new TargetSender(deliveryClient(), new TargetTypes([new Shelf()]));
  const post = (url = 'shelf:a', timeout = 2_000): Promise<Answer> =>
    sender.post({ ...targetAt(url, timeout), headers: { 'x-own': '1', 'ce-id': 'forged' } }, message);

  it('is given the message as a webhook would send it, and the time that is left', async () => {
    let given: Delivery | undefined;
    deliver = async (delivery) => {
      given = delivery;
      expect(delivery.signal.aborted).toBe(false);
      return { status: 201, error: 'none', text: 'none', retryAfter: 1 };
    };
    expect(await post()).toEqual({ delivered: true, status: 201, error: null });
    expect(given).toMatchObject({ agency: null, resource: 'policies', body: message.body, timeout: 2_000 });
    expect(given?.url.href).toBe('shelf:a');
    expect(given?.headers).toEqual({
      'x-own': '1',
      'ce-id': 'm_v1',
      'webhook-id': 'm_v1',
      'webhook-timestamp': expect.any(String) as string,
      'webhook-signature': expect.stringMatching(/^v1,/) as string,
    });
    // What it left open is to be closed.
    expect(given?.signal.aborted).toBe(true);
  });

  it.each<[TypeAnswer, object]>([
    [
      { status: 422, text: 'a\0b' },
      { status: 422, error: 'HTTP 422', text: 'a\uFFFDb' },
    ],
    [
      { status: 507, error: 'x'.repeat(2_000) },
      { status: 507, error: 'x'.repeat(1_000) },
    ],
    [
      { status: 503, retryAfter: 1e12 },
      { status: 503, error: 'HTTP 503', retryAfter: 3_600_000 },
    ],
    [
      { status: 503, retryAfter: Number.NaN },
      { status: 503, error: 'HTTP 503' },
    ],
    [{ status: null }, { status: null, error: 'no answer' }],
    [{ status: 99.5 }, { status: null, error: 'no answer' }],
  ])('answers %p as what can be kept of it', async (answer, kept) => {
    deliver = async () => answer;
    expect(await post()).toEqual({ delivered: false, ...kept });
  });

  it.each<[string, unknown, string, string[]]>([
    [
      'by a known code',
      Object.assign(new Error('to 10.0.0.1'), { code: 'ECONNREFUSED' }),
      'connection refused',
      ['Error ECONNREFUSED'],
    ],
    ['in its own words', new DeliveryError('shelf full'), 'shelf full', []],
    ['for anything else', new TypeError('of a secret'), 'the target type failed', ['TypeError']],
    ['for nothing', undefined, 'the target type failed', ['undefined']],
  ])('tells %s why it threw, and not what', async (_, error, words, kinds) => {
    deliver = async () => {
      throw error;
    };
    expect(await post()).toEqual({ delivered: false, status: null, error: words });
    expect(warnings).toEqual(kinds.map((kind) => `Sync of policies to environment: Shelf threw ${kind}.`));
  });

  it('may throw before it promises anything, or answer what is none', async () => {
    deliver = () => {
      throw new RangeError('too soon');
    };
    expect(await post()).toMatchObject({ delivered: false, error: 'the target type failed' });
    deliver = async () => undefined as never;
    expect(await post()).toMatchObject({ delivered: false, error: 'the target type failed' });
  });

  it('is told in the log once that its address is not allowed', async () => {
    deliver = async () => {
      throw new AddressNotAllowedError('its address is not allowed: 10.0.0.1');
    };
    for (let n = 0; n < 2; n += 1) expect(await post()).toMatchObject({ error: 'address not allowed' });
    expect(warnings).toEqual([expect.stringContaining('since its address is not allowed: 10.0.0.1')]);
  });

  it('is not waited for when its time is over, and hears of it', async () => {
    const heard = gate();
    const never = gate();
    deliver = async ({ signal }) => {
      signal.addEventListener('abort', () => heard.open());
      await never.passed;
      throw new Error('long after');
    };
    expect(await post('shelf:a', 100)).toEqual({ delivered: false, status: null, error: 'timeout' });
    await heard.passed;
    never.open();
    // What it does now is nobody's business: neither an answer nor an unhandled rejection.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(warnings).toEqual([]);
  });

  it('is given no more while attempts whose time is over have not ended', async () => {
    const disk = gate();
    let begun = 0;
    deliver = async () => {
      begun += 1;
      await disk.passed;
      return { status: 204 };
    };
    await Promise.all([post('shelf:a', 20), post('shelf:b', 20)]);
    const stuck = { delivered: false, status: null, error: 'earlier attempts have not ended' };
    expect(await post('shelf:c', 20)).toEqual(stuck);
    expect(begun).toBe(2);
    expect(warnings).toEqual([
      expect.stringContaining('attempts of Shelf do not end when their time is over'),
    ]);
    disk.open();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(await post('shelf:c')).toEqual({ delivered: true, status: 204, error: null });
  });

  it('is sent nothing where no module serves its URL', async () => {
    expect(await post('drawer:a')).toEqual({
      delivered: false,
      status: null,
      error: 'no module serves drawer: URLs',
    });
  });
});
