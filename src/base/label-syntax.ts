/** Syntax of label keys and values, with the texts of k8s.io/apimachinery/pkg/util/validation. */

const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const NAME_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character" +
  " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is" +
  " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'," +
  ' and must start and end with an alphanumeric character' +
  " (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is" +
  " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'," +
  ' and must start and end with an alphanumeric character' +
  " (e.g. 'example.com', regex used for validation is" +
  " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

const bytes = (text: string): number => Buffer.byteLength(text)

/** Faults of a label key (a qualified name: `example.com/name`); none when it is good. */
export function labelKeyFaults(key: string): string[] {
  const parts = key.split('/')
  if (parts.length > 2)
    return [`a valid label key ${NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  const faults: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') faults.push('prefix part must be non-empty')
    else {
      if (bytes(prefix) > 253) faults.push('prefix part must be no more than 253 bytes')
      if (!SUBDOMAIN.test(prefix)) faults.push(`prefix part ${SUBDOMAIN_TEXT}`)
    }
  }
  const name = parts.at(-1) ?? ''
  if (name === '') faults.push('name part must be non-empty')
  else if (bytes(name) > 63) faults.push('name part must be no more than 63 bytes')
  if (!NAME_PART.test(name)) faults.push(`name part ${NAME_TEXT}`)
  return faults
}

/** Faults of a label value; none when it is good. */
export function labelValueFaults(value: string): string[] {
  const faults: string[] = []
  if (bytes(value) > 63) faults.push('must be no more than 63 bytes')
  if (!VALUE.test(value)) faults.push(VALUE_TEXT)
  return faults
}
