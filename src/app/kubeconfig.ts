import { dirname } from 'node:path'
import { makeDirs } from '../base/dirs.ts'
import { explainPath } from './lock.ts'
import { type KeyPair, writeSecret } from './pki.ts'

/** What a kubeconfig says of one cluster and one user. */
export interface KubeconfigFacts {
  readonly server: string
  readonly ca: string
  readonly client: KeyPair
}

/** The text of a kubeconfig with one context named `default`, as k3s writes it. */
export function kubeconfigText(facts: KubeconfigFacts): string {
  const data = (pem: string): string => Buffer.from(pem).toString('base64')
  return `apiVersion: v1
kind: Config
clusters:
- name: default
  cluster:
    server: ${facts.server}
    certificate-authority-data: ${data(facts.ca)}
users:
- name: default
  user:
    client-certificate-data: ${data(facts.client.certificate)}
    client-key-data: ${data(facts.client.key)}
contexts:
- name: default
  context:
    cluster: default
    user: default
current-context: default
`
}

/** Writes the file with `mode`, making its directory. */
export function writeKubeconfig(path: string, facts: KubeconfigFacts, mode: number): void {
  explainPath('write-kubeconfig', path, () => {
    makeDirs(dirname(path))
    writeSecret(path, kubeconfigText(facts), mode)
  })
}
