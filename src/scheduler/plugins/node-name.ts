import { type FilterPlugin, unfit } from '../framework.ts'

const REASON = "node(s) didn't match the requested node name"

/** A pod that names a node goes nowhere else. */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  wakesOn: ['node-added'],
  prepare: pod => {
    const wanted = pod.spec?.nodeName
    return wanted ? { filter: info => (info.name === wanted ? undefined : unfit(REASON)) } : undefined
  },
}
