import { saidName } from '../identify/normalise.ts'
import type { Advisory, Statement, VersionRow } from './model.ts'

const PRODUCT =
  /\b(enterprise linux|openshift|openstack|fedora|centos|debian|ubuntu|leap|tumbleweed|suse linux|suse manager|amazon linux|alma ?linux|rocky linux|openeuler|oracle linux|red hat|rhel|satellite|jboss|ceph storage|virtualization host|gentoo|alpine linux|linux enterprise|extra packages|advanced virtualization|fast datapath)\b/
const COLLECTION =
  /access\.redhat\.com|packages\.fedoraproject\.org|catalog\.redhat\.com|packages\.debian\.org|launchpad\.net\/ubuntu|packages\.ubuntu\.com|gitee\.com\/src-openeuler|software\.opensuse\.org/
const VENDOR =
  /^(red hat|redhat|fedora|fedoraproject|debian|debian gnu\/linux|ubuntu|canonical ltd\.?|amazon|almalinux|rocky|gentoo|alpine|openeuler|centos|oracle linux|suse|opensuse)$/

/**
 * The distribution whose own package a statement speaks of: it has its own patches and numbers, so the statement says
 * nothing of what nixpkgs builds. Upstream's rows in a distribution's record are not meant.
 */
export function distributionOf(statement: Statement): string | undefined {
  const vendor = statement.vendor?.toLowerCase() ?? ''
  const product = statement.product?.toLowerCase().replaceAll('_', ' ') ?? ''
  const named = statement.vendor ?? statement.provider
  if (COLLECTION.test(statement.collectionUrl?.toLowerCase() ?? '')) return named
  if (PRODUCT.test(product)) return named
  if (isPacker(statement) && statement.versions.some(isPacked)) return named
  if (!VENDOR.test(vendor)) return undefined
  // A Go module's path ends with the project's name: `github.com/rancher/rke` is `rke`, and no package of SUSE.
  const packed = statement.packageName?.replace(/^.*\/(?=.)/, '')
  // Canonical names the repository of its own programs, and Ubuntu's page of what it packs.
  if (statement.repo !== undefined && statement.collectionUrl === undefined) return undefined
  const isRenamed = packed !== undefined && saidName(packed) !== saidName(product)
  if (isRenamed || /^(deb|dpkg|apk|rpm)$/.test(statement.versions[0]?.scheme ?? '')) return named
  return undefined
}

/** Who speaks for a distribution's own packages, in its own numbers. */
const PACKERS = /^(canonical|debian|suse|opensuse)$/i
const PACKED_VERSION = /ubuntu\d|\+esm|[+~]deb\d|\+dfsg|\.el\d|\.fc\d|\.lp\d|^\d:\d/
/** An analyst copies the numbers that the record has. */
const isPacker = ({ provider, source }: Statement) => source === 'adp' || PACKERS.test(provider)
const isPacked = ({ version, lessThan, lessThanOrEqual }: VersionRow) =>
  [version, lessThan, lessThanOrEqual].some((text) => text !== undefined && PACKED_VERSION.test(text))

/** Whether a text speaks of a distribution, as of the one whose package it is about. */
export const distributionNamed = (text: string) => PRODUCT.test(text.toLowerCase())

/** Flaws that packing makes: what is shipped, who may read it, how it is set up. */
const PACKAGING =
  /\b(packaging|rpm package|as shipped|distributed with|debian's|fedora's|default (permissions?|configurations?|config|settings?)|(service|unit|spec|logrotate|cron) file|world-(readable|writable))\b|\.service\b/

/** Distributions that assign ids to flaws of other people's projects, and name only their own packages. */
export const mayTellOfUpstream = (provider: string) => /^(redhat|fedora)$/i.test(provider)

/**
 * Whether a record that has only a distribution's rows tells of a flaw of this very project (`Libtiff: null pointer
 * dereference`), so that upstream may be affected in versions it does not say; not one that the distribution made
 * (`Debian's cpio`), and not the flaw of a dependency that the package merely carries.
 */
export function tellsOfUpstream(
  advisory: Advisory,
  names: Iterable<string>,
  called: string,
  provider: string,
): boolean {
  if (!mayTellOfUpstream(provider)) return false
  const text = `${advisory.title ?? ''}. ${advisory.description ?? ''}`.toLowerCase()
  if (PRODUCT.test(text) || PACKAGING.test(text)) return false
  const subject = (advisory.title ?? '').toLowerCase()
  // `Gtk3: …` is not of GTK 4.
  const [, base, digits] = /^([a-z+-]*[a-z+])(\d{1,2})$/.exec(called) ?? []
  const other = base === undefined ? undefined : new RegExp(`^${base.replaceAll('+', '\\+')}(\\d{1,2}):`).exec(subject)
  if (other !== undefined && other !== null && other[1] !== digits) return false
  for (const name of names) {
    if (name.length < 3) continue
    const words = name.replaceAll('-', '[-_. ]?').replace(/[+@/]/g, '\\$&')
    if (new RegExp(`^(?:[^:]{2,40}: )?(?:lib)?${words}\\d{0,2}(?:[-_ ](?:core|server|services|libs?))?:`).test(subject))
      return true
    if (!subject.includes(':') && new RegExp(`\\b${words}\\b`).test(text)) return true
  }
  return false
}
