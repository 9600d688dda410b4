import { AllowedNetworks } from './allowed-networks.js';
import { ReceiverGuard } from './receiver-guard.js';

const production = new ReceiverGuard(true);
const development = new ReceiverGuard(false);
const everything = ['0.0.0.0/0', '::/0'];
const problemsOf = (host: string, networks: readonly string[] = [], guard = production): string[] =>
  guard.urlProblems(`https://${host}/sync`, networks, 'the list');

/** Hosts in notations that lead to one address, by what that is. */
const loopback = [
  'localhost',
  'LOCALHOST.',
  'sync.localhost',
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '0x7f000001',
  '0x7f.1',
  '017700000001',
  '2130706433',
  '127.0.0.1.',
  '127.255.255.254',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::127.0.0.1]',
  '①②⑦.0.0.1',
  '%31%32%37.0.0.1',
];
const internal = [
  '10.0.0.1',
  '10.1',
  '0xa000001',
  '012.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '100.64.0.1',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '192.88.99.1',
  '240.0.0.1',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[fec0::1]',
  '[100::1]',
  '[2001:db8::1]',
  '[3fff::1]',
  '[4000::1]',
  '[5f00::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:a00:1]',
  '[64:ff9b::10.0.0.1]',
  '[64:ff9b::a00:1]',
];
const forbidden = [
  '0.0.0.0',
  '0',
  '0x0',
  '0.1.2.3',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '169.254.43518',
  '224.0.0.1',
  '239.255.255.250',
  '255.255.255.255',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  '[::]',
  '[fe80::1]',
  '[febf::1]',
  '[ff02::1]',
  '[fd00:ec2::254]',
  '[fd00:0ec2:0::0254]',
  '[fd20:ce::254]',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:0.0.0.0]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::10.0.0.1]',
  '[64:ff9b:1::8.8.8.8]',
  '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]',
  '[2002:808:808::1]',
  '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
  '[::127.0.0.1]',
  '[::169.254.169.254]',
  '[::ffff:0:127.0.0.1]',
  'metadata',
  'metadata.google.internal',
  'METADATA.google.internal.',
  'instance-data.ec2.internal',
];
const open = [
  'external.gov',
  '8.8.8.8',
  '0x08080808',
  '172.15.255.255',
  '172.32.0.1',
  '169.253.1.1',
  '223.255.255.255',
  '[2606:4700::1111]',
  '[2a00:1450::1]',
  '[::ffff:8.8.8.8]',
  '[64:ff9b::8.8.8.8]',
  'localhost.gov',
  'mylocalhost',
];

describe('the URL of a receiver in production', () => {
  it.each(open)('may have the host %s', (host) => {
    expect(problemsOf(host)).toEqual([]);
  });

  it.each(loopback)('needs permission for loopback, as %s', (host) => {
    expect(problemsOf(host)).toEqual(['must not lead to a loopback address unless the list includes it']);
    expect(problemsOf(host, everything)).toEqual([]);
  });

  it.each(internal)('needs permission for what is not public, as %s', (host) => {
    expect(problemsOf(host)).toEqual([
      'must not lead to an address that is not public unless the list includes it',
    ]);
    expect(problemsOf(host, everything)).toEqual([]);
  });

  it.each(forbidden)('never leads to %s, whatever is allowed', (host) => {
    expect(problemsOf(host, everything)).toEqual([
      'must not lead to a link-local, metadata, multicast or unspecified address',
    ]);
  });

  it('is allowed what the list includes, and nothing beside it', () => {
    expect(problemsOf('10.20.1.1', ['10.20.0.0/16'])).toEqual([]);
    expect(problemsOf('10.21.1.1', ['10.20.0.0/16'])).toHaveLength(1);
    expect(problemsOf('[::ffff:10.20.1.1]', ['10.20.0.0/16'])).toEqual([]);
    expect(problemsOf('[::1]', ['127.0.0.0/8'])).toHaveLength(1);
  });

  it.each([
    ['http://external.gov/', 'must be https in production'],
    ['ftp://external.gov/', 'must begin with https://'],
    ['file:///etc/passwd', 'must begin with https://'],
    ['javascript:alert(1)', 'must begin with https://'],
    ['https://user@external.gov/', 'must not hold a user or a password; the secret signs what is sent'],
    ['https://:p@external.gov/', 'must not hold a user or a password; the secret signs what is sent'],
    ['https://external.gov/#a', 'must not hold a fragment (#), which is never sent'],
    ['https://external.gov/#', 'must not hold a fragment (#), which is never sent'],
    ['https:///', 'must have a host and a port that can exist'],
    ['https://external.gov:99999/', 'must have a host and a port that can exist'],
    ['https://1.2.3.256/', 'must have a host and a port that can exist'],
    ['https://[fe80::1%25eth0]/', 'must have a host and a port that can exist'],
    ['external.gov', 'must have a host and a port that can exist'],
  ])('is not %s', (url, problem) => {
    expect(production.urlProblems(url, [], 'the list')).toEqual([problem]);
  });

  it('is told all that is wrong with it', () => {
    expect(production.urlProblems('http://a:b@10.0.0.1/#c', [], 'the list')).toHaveLength(4);
  });
});

describe('the URL of a receiver outside production', () => {
  it('may be http', () => {
    expect(development.urlProblems('http://external.gov/', [], 'the list')).toEqual([]);
  });

  it.each(loopback)('may have the host %s', (host) => {
    expect(problemsOf(host, [], development)).toEqual([]);
  });

  it.each([...internal, ...forbidden])('is held to the same rules for %s', (host) => {
    expect(problemsOf(host, [], development)).toHaveLength(1);
  });
});

describe('an address to connect to', () => {
  const none = AllowedNetworks.parse([]);

  it.each([
    ['8.8.8.8', undefined],
    ['127.0.0.1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.0.0.1', 'internal'],
    ['fe80::1%eth0', 'forbidden'],
    ['external.gov', undefined],
  ])('is judged as the resolver writes it, as %s', (host, refusal) => {
    expect(production.refusal(host, none)).toBe(refusal);
  });
});
