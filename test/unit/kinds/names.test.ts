import { validateDriverName } from '../../../src/kinds/validation/driver-name.ts'
import * as names from '../../../src/kinds/validation/names.ts'

const SUBDOMAIN = /^a lowercase RFC 1123 subdomain must consist of/
const LABEL =
  /^a lowercase RFC 1123 label must consist of .* \(e\.g\. 'my-name', {2}or '123-abc', regex used for validation is '/

const cases: { name: string; rule: (v: string) => string[]; value: string; want: (string | RegExp)[] }[] = [
  { name: 'a label may begin with a digit', rule: names.isDnsLabel, value: '1-a', want: [] },
  { name: 'a label has no capitals', rule: names.isDnsLabel, value: 'A', want: [LABEL] },
  { name: 'a label has no dots', rule: names.isDnsLabel, value: 'a.b', want: ['must not contain dots'] },
  {
    name: 'a label ends at 63',
    rule: names.isDnsLabel,
    value: 'a'.repeat(64),
    want: ['must be no more than 63 characters'],
  },
  { name: 'a subdomain has dots', rule: names.isDnsSubdomain, value: 'a.b-c.1', want: [] },
  { name: 'a subdomain has no empty parts', rule: names.isDnsSubdomain, value: 'a..b', want: [SUBDOMAIN] },
  {
    name: 'RFC 1035 wants a letter first',
    rule: names.isDns1035Label,
    value: '1a',
    want: [/^a DNS-1035 label must consist/],
  },
  {
    name: 'a port name has a letter',
    rule: names.isPortName,
    value: '80',
    want: ['must contain at least one letter (a-z)'],
  },
  {
    name: 'a port name has no dashes at its ends or side by side',
    rule: names.isPortName,
    value: '-a--b',
    want: ['must not contain consecutive hyphens', 'must not begin or end with a hyphen'],
  },
  { name: 'an environment variable may have spaces and colons', rule: names.isEnvVarName, value: 'a b:c', want: [] },
  {
    name: 'an environment variable has no equals sign',
    rule: names.isEnvVarName,
    value: 'a=b',
    want: [/printable ASCII characters other than '='$/],
  },
  { name: 'a key is no parent directory', rule: names.isConfigMapKey, value: '..', want: ["must not be '..'"] },
  {
    name: 'a key does not begin like one',
    rule: names.isConfigMapKey,
    value: '..data',
    want: ["must not start with '..'"],
  },
  {
    name: 'a path segment has no slash',
    rule: names.isPathSegment,
    value: 'a/b%',
    want: ["may not contain '/'", "may not contain '%'"],
  },
  { name: 'addresses may have leading zeros', rule: names.isIpAddress, value: '010.1.2.3', want: [] },
  {
    name: 'an address has no zone',
    rule: names.isIpAddress,
    value: 'fe80::1%eth0',
    want: [/^must be a valid IP address/],
  },
  { name: 'a range fits its family', rule: names.isCidr, value: '10.0.0.0/33', want: [/^must be a valid CIDR value/] },
  { name: 'a range may be IPv6', rule: names.isCidr, value: '2001:db8::/64', want: [] },
  {
    name: 'a domain-prefixed path has both parts',
    rule: names.isDomainPrefixedPath,
    value: 'acme.io/',
    want: [/^must be a domain-prefixed path/],
  },
]

for (const c of cases)
  test(c.name, () => {
    const got = c.rule(c.value)
    expect(got).toHaveLength(c.want.length)
    c.want.forEach((w, i) => expect(got[i]).toEqual(typeof w === 'string' ? w : expect.stringMatching(w)))
  })

test('a generated name may end in a dash, which the suffix follows', () => {
  expect(names.nameIsDnsLabel('web-', true)).toEqual([])
  expect(names.nameIsDnsLabel('web-', false)).toHaveLength(1)
})

describe('names of CSI drivers', () => {
  const faults = (name: string) => validateDriverName(name, 'd').map(f => f.message.split(':')[0])
  test.each([
    ['Capitals.Example.com', []],
    ['', ['Required value']],
    ['a'.repeat(63), []],
    ['a'.repeat(64), ['Too long']],
    // Bytes are counted, not characters.
    ['é'.repeat(32), ['Too long', 'Invalid value']],
    ['a_b', ['Invalid value']],
  ])('%j', (name, want) => expect(faults(name)).toEqual(want))
})
