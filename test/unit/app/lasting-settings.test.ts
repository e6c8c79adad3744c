import { lastingFault } from '../../../src/app/lasting-settings.ts'

describe('lastingFault()', () => {
  const config = { serviceCidr: '10.43.0.0/16', clusterCidr: '10.42.0.0/16' }
  const node = (range?: string) => ({ name: 'one', range })
  const rows: [string, Parameters<typeof lastingFault>, string | undefined][] = [
    ['a new cluster takes any ranges', [config, undefined, []], undefined],
    ['the same ranges', [config, ['10.43.0.0/16'], [node('10.42.7.0/24')]], undefined],
    ['a second service range that the cluster got', [config, ['10.43.0.0/16', '10.99.0.0/16'], []], undefined],
    ['a node that has no pod range yet', [config, ['10.43.0.0/16'], [node()]], undefined],
    ['a wider pod range', [{ ...config, clusterCidr: '10.40.0.0/13' }, undefined, [node('10.42.0.0/24')]], undefined],
    [
      'another service range is refused',
      [{ ...config, serviceCidr: '10.96.0.0/12' }, ['10.43.0.0/16'], []],
      '--service-cidr: this cluster has 10.43.0.0/16, and its services keep their addresses: give that, or another --data-dir',
    ],
    [
      'another pod range is refused',
      [{ ...config, clusterCidr: '10.50.0.0/16' }, ['10.43.0.0/16'], [node('10.42.0.0/24')]],
      '--cluster-cidr: 10.50.0.0/16 does not hold 10.42.0.0/24, the pods\' range of node "one", which it keeps: give the range that the cluster was made with, or another --data-dir',
    ],
  ]
  test.each(rows)('%s', (_, input, fault) => expect(lastingFault(...input)).toBe(fault))
})
