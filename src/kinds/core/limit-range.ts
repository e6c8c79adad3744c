import { randomUUID } from 'node:crypto'
import { duplicate, type FieldError, forbidden, invalid, required } from '../../base/field-error.ts'
import { ownOf } from '../../base/json.ts'
import { canonicalQuantity, compareQuantityTexts, MILLI, parseQuantity, scaledValue } from '../../base/quantity.ts'
import type { LimitRange, LimitRangeItem } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { isQualifiedName } from '../validation/names.ts'
import { checkContainerResourceName, checkResourceName, isOvercommitAllowed } from './pod/resource-names.ts'

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim']

export const limitRange = defineKind<ObjectOf<LimitRange>>({
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  schema: 'io.k8s.api.core.v1.LimitRange',
  createOnUpdate: true,
  defaults: draft => {
    for (const limit of draft.spec?.limits ?? []) if (limit.type === 'Container') fillContainerDefaults(limit)
  },
  prepareForCreate: draft => {
    draft.metadata.name ||= randomUUID()
  },
  validate,
  validateUpdate: validate,
})

/** A missing default is the maximum; a missing default request is the default, else the minimum. */
function fillContainerDefaults(limit: LimitRangeItem): void {
  const fallback = { ...limit.max, ...limit.default }
  const request = { ...limit.min, ...fallback, ...limit.defaultRequest }
  if (Object.keys(fallback).length) limit.default = fallback
  if (Object.keys(request).length) limit.defaultRequest = request
}

function validate({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>()
  return (spec?.limits ?? []).flatMap((limit, i) => {
    const path = `spec.limits[${i}]`
    const faults = validateTypeName(limit.type ?? '', `${path}.type`)
    if (seen.has(limit.type)) faults.push(duplicate(`${path}.type`, limit.type))
    seen.add(limit.type)
    return [...faults, ...validateNames(limit, path), ...validateAmounts(limit, path)]
  })
}

function validateTypeName(type: string, path: string): FieldError[] {
  const faults = isQualifiedName(type).map(t => invalid(path, type, t))
  if (faults.length || type.includes('/') || TYPES.includes(type)) return faults
  return [invalid(path, type, 'must be a standard limit type or fully qualified')]
}

function validateNames(limit: LimitRangeItem, path: string): FieldError[] {
  const faults: FieldError[] = []
  const check = limit.type === 'Pod' || limit.type === 'Container' ? checkContainerResourceName : checkResourceName
  const names = (field: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio'): void => {
    for (const resource of Object.keys(limit[field] ?? {})) check(resource, `${path}.${field}[${resource}]`, faults)
  }
  names('max')
  names('min')
  for (const field of ['default', 'defaultRequest'] as const)
    if (limit.type !== 'Pod') names(field)
    else if (Object.keys(limit[field] ?? {}).length)
      faults.push(forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'"))
  if (limit.type === 'PersistentVolumeClaim' && !limit.min?.['storage'] && !limit.max?.['storage'])
    faults.push(
      required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
    )
  names('maxLimitRequestRatio')
  return faults
}

/** How minimum, maximum, defaults and ratio of each resource must stand to each other. */
function validateAmounts(limit: LimitRangeItem, path: string): FieldError[] {
  const lists = [limit.max, limit.min, limit.default, limit.defaultRequest, limit.maxLimitRequestRatio]
  const resources = new Set(lists.flatMap(list => Object.keys(list ?? {})))
  return [...resources].flatMap(resource => validateResource(limit, resource, path))
}

function validateResource(limit: LimitRangeItem, resource: string, path: string): FieldError[] {
  const faults: FieldError[] = []
  const of = (list: Record<string, string> | undefined): string | undefined => {
    const amount = list && ownOf(list, resource)
    return amount === undefined ? undefined : canonicalQuantity(amount)
  }
  const [min, max, ratio] = [of(limit.min), of(limit.max), of(limit.maxLimitRequestRatio)]
  const pod = limit.type === 'Pod'
  const [fallback, request] = pod ? [] : [of(limit.default), of(limit.defaultRequest)]
  const above = (
    a: string | undefined,
    b: string | undefined,
    field: string,
    shown: string | undefined,
    detail: string,
  ): void => {
    if (a !== undefined && b !== undefined && compareQuantityTexts(a, b) > 0)
      faults.push(invalid(`${path}.${field}[${resource}]`, shown, detail))
  }
  above(min, max, 'min', min, `min value ${min} is greater than max value ${max}`)
  above(min, request, 'defaultRequest', request, `min value ${min} is greater than default request value ${request}`)
  above(request, max, 'defaultRequest', request, `default request value ${request} is greater than max value ${max}`)
  above(
    request,
    fallback,
    'defaultRequest',
    request,
    `default request value ${request} is greater than default limit value ${fallback}`,
  )
  above(min, fallback, 'default', min, `min value ${min} is greater than default value ${fallback}`)
  above(fallback, max, 'default', max, `default value ${fallback} is greater than max value ${max}`)
  if (ratio !== undefined) faults.push(...validateRatio(ratio, min, max, `${path}.maxLimitRequestRatio[${resource}]`))
  if (
    !isOvercommitAllowed(resource) &&
    fallback !== undefined &&
    request !== undefined &&
    compareQuantityTexts(fallback, request) !== 0
  )
    faults.push(
      invalid(
        `${path}.defaultRequest[${resource}]`,
        request,
        `default value ${fallback} must equal to defaultRequest value ${request} in ${resource}`,
      ),
    )
  return faults
}

function validateRatio(ratio: string, min: string | undefined, max: string | undefined, path: string): FieldError[] {
  const faults: FieldError[] = []
  if (compareQuantityTexts(ratio, '1') < 0) faults.push(invalid(path, ratio, `ratio ${ratio} is less than 1`))
  if (min === undefined || max === undefined) return faults
  const milli = (text: string): number => scaledValue(parseQuantity(text), MILLI)
  const limit = milli(max) / milli(min)
  if (milli(ratio) / 1000 > limit)
    faults.push(invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${limit.toFixed(6)}`))
  return faults
}
