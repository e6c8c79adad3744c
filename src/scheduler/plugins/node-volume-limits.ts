import { busy, type FilterPlugin, type PodObject } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { ClusterObjects } from '../objects.ts'
import { claimName, className, hasClaims } from './volumes.ts'

const REASON = 'node(s) exceed max volume count'

/** A node takes no more volumes of a CSI driver than its CSINode says. */
export const nodeVolumeLimits: FilterPlugin = {
  name: 'NodeVolumeLimits',
  wakesOn: ['node-added', 'pod-removed', 'storage'],
  prepare: (pod, { objects }) => {
    if (!hasClaims(pod)) return undefined
    const wanted = driversOf(pod, objects)
    if (wanted.size === 0) return undefined
    return { filter: info => (exceeds(wanted, info, objects) ? busy(REASON) : undefined) }
  },
}

function exceeds(wanted: ReadonlyMap<string, string>, info: NodeInfo, objects: ClusterObjects): boolean {
  const limits = new Map<string, number>()
  for (const driver of objects.csiNode(info.name)?.spec?.drivers ?? [])
    if (driver.allocatable?.count !== undefined) limits.set(driver.name, driver.allocatable.count)
  if (limits.size === 0) return false
  const used = new Map<string, string>()
  for (const { pod } of info.pods.values()) for (const [id, driver] of driversOf(pod, objects)) used.set(id, driver)
  for (const attachment of objects.attachments()) {
    const { attacher, nodeName, source } = attachment.spec ?? {}
    const handle = objects.volume(source?.persistentVolumeName ?? '')?.spec?.csi?.volumeHandle
    if (nodeName === info.name && attacher && handle) used.set(`${attacher}/${handle}`, attacher)
  }
  const fresh = [...wanted].filter(([id]) => !used.has(id)).map(([, driver]) => driver)
  const count = (drivers: Iterable<string>, driver: string): number => [...drivers].filter(d => d === driver).length
  return fresh.some(driver => {
    const limit = limits.get(driver)
    return limit !== undefined && count(used.values(), driver) + count(fresh, driver) > limit
  })
}

/** The pod's CSI volumes: what names each in the cluster → its driver. */
function driversOf(pod: PodObject, objects: ClusterObjects): Map<string, string> {
  const out = new Map<string, string>()
  const namespace = pod.metadata.namespace ?? ''
  for (const volume of pod.spec?.volumes ?? []) {
    const name = claimName(pod, volume)
    const claim = name === undefined ? undefined : objects.claim(namespace, name)
    if (!claim) continue
    const csi = objects.volume(claim.spec?.volumeName ?? '')?.spec?.csi
    if (csi) out.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver)
    else if (!claim.spec?.volumeName) {
      // Not made yet: it will be of the class's provisioner.
      const provisioner = objects.storageClass(className(claim))?.provisioner
      if (provisioner) out.set(`${provisioner}/${namespace}/${name}`, provisioner)
    }
  }
  return out
}
