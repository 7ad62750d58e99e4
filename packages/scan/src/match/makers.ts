import { cpeField } from '../identify/cpe.ts'
import { memo } from '../identify/memo.ts'
import { normaliseName, saidName } from '../identify/normalise.ts'
import type { Statement } from './model.ts'

/** What companies and projects add to their name. */
const SUFFIX =
  /-(inc|incorporated|llc|ltd|limited|gmbh|corp|corporation|company|co|ag|srl|foundation|project|projects|team|org|io|com|net|dev|community|software-foundation|software|systems|technologies|group|labs|developers|contributors|maintainers|authors|consortium|e-v|development-group|global-development-group)$/
/** The same, written in one word: `djangoproject`, `pocoo.org` is above. */
const GLUED = /(?<=[a-z]{3})(project|foundation|software|team)$/

/** A maker's name in the forms that two records may write it: normalised, then less what is added to names. */
export const vendorForms = memo((vendor: string): readonly string[] => {
  const name = normaliseName(vendor.replace(/\([^()]*\)/g, ' ')).replace(/^the-/, '')
  const all = new Set([name])
  for (const part of name.split('/')) all.add(part)
  for (const form of [...all]) {
    for (let now = form, i = 0; i < 3; i++) {
      now = now.replace(SUFFIX, '').replace(GLUED, '')
      all.add(now)
    }
  }
  all.delete('')
  return [...all]
})

/** Domains that belong to no one project. */
const FORGE = /^(github|gitlab|bitbucket|codeberg|gopkg|git\.sr)$/

/** Who makes the product of a statement, in all forms; empty where nobody is named. `repo` is `host/owner/name`. */
export function vendorsOf(statement: Statement, repo: string | undefined): Set<string> {
  const vendors = new Set<string>()
  const add = (said: string | undefined) => {
    if (saidName(said) !== undefined) for (const form of vendorForms(said!)) vendors.add(form)
  }
  add(statement.vendor)
  for (const cpe of statement.cpes ?? []) add(cpeField(cpe, 'vendor'))
  if (repo !== undefined) add(repo.split('/')[1])
  const { product, packageName, ecosystem } = statement
  // A Go module's own domain: `gogs.io/gogs`, `go.etcd.io/etcd`, `k8s.io/kubernetes`.
  const domain = ecosystem === 'Go' ? /^([a-z0-9.-]+)\.[a-z]+\//.exec(packageName ?? '')?.[1] : undefined
  if (domain !== undefined && !FORGE.test(domain)) for (const label of domain.split('.')) add(label)
  if (product?.includes('/') && !product.includes('://')) add(product.split('/')[0])
  return vendors
}

/** Companies whose products are their own: nobody else's program is filed under them. */
export const COMPANIES = new Set(
  'microsoft apple cisco adobe ibm sap siemens dell hp hpe huawei samsung synology qnap fortinet juniper netgear zyxel d-link tp-link asus lenovo honeywell schneider-electric rockwellautomation autodesk citrix f5 trendmicro mcafee symantec eset kaspersky sophos ivanti atlassian qualcomm nvidia abb juniper-networks'.split(
    ' ',
  ),
)
