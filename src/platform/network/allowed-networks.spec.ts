import { AllowedNetworks, networkProblem } from './allowed-networks.js';
import { parseAddress } from './ip-address.js';

describe('a list of allowed networks', () => {
  const list = AllowedNetworks.parse(['10.20.0.0/16', '192.168.1.7', 'fd12:3456::/48', '::1']);

  it.each([
    ['10.20.0.0', true],
    ['10.20.255.255', true],
    ['10.21.0.0', false],
    ['192.168.1.7', true],
    ['192.168.1.8', false],
    ['fd12:3456::1', true],
    ['fd12:3456:1::1', false],
    ['::1', true],
    ['127.0.0.1', false],
    ['::ffff:10.20.0.1', true],
    ['::ffff:a14:1', true],
    ['64:ff9b::10.20.0.1', true],
    ['64:ff9b::10.21.0.1', false],
  ])('knows whether it includes %s', (address, included) => {
    expect(list.include(parseAddress(address))).toBe(included);
  });

  it('is refused as a whole with one entry that is wrong', () => {
    expect(() => AllowedNetworks.parse(['10.0.0.0/8', 'x'])).toThrow(TypeError);
  });
});

describe('an allowed network', () => {
  it.each([
    '10.0.0.0/8',
    '0.0.0.0/0',
    '::/0',
    '127.0.0.0/8',
    '100.64.0.0/10',
    '203.0.113.0/24',
    'fc00::/7',
    '::1/128',
  ])('may be %s', (entry) => {
    expect(networkProblem(entry)).toBeUndefined();
  });

  it.each([
    '',
    'intranet',
    '10.0.0',
    '10.1/16',
    '010.0.0.0/8',
    '0xa000000/8',
    '167772160/8',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
    '10.0.0.0/',
    'fd00::/129',
    'fe80::1%eth0',
    '[fd00::]/8',
    '10.0.0.0/255.0.0.0',
  ])('must be written as one, which %p is not', (entry) => {
    expect(networkProblem(entry)).toMatch(/^must hold networks such as/);
  });

  it.each([
    ['10.1.2.3/8', /first address: 10\.0\.0\.0\/8, not 10\.1\.2\.3\/8$/],
    ['fd12::1/48', /first address: fd12::\/48, not fd12::1\/48$/],
    ['::ffff:10.0.0.0/104', /IPv4 networks in dots/],
    ['64:ff9b::a00:0/104', /IPv4 networks in dots/],
    ['169.254.169.254', /nothing is ever sent there/],
    ['169.254.0.0/16', /nothing is ever sent there/],
    ['224.0.0.0/4', /nothing is ever sent there/],
    ['0.0.0.0/8', /nothing is ever sent there/],
    ['fe80::/10', /nothing is ever sent there/],
    ['fd00:ec2::254', /nothing is ever sent there/],
    ['64:ff9b:1::/48', /nothing is ever sent there/],
    ['2002::/16', /nothing is ever sent there/],
  ])('is not %s, and the problem says what to write', (entry, problem) => {
    expect(networkProblem(entry)).toMatch(problem);
  });
});
