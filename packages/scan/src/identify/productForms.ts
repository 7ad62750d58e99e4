import { vendorForms } from '../match/makers.ts'
import { knownProgram } from './aliases.ts'
import { memo } from './memo.ts'
import { saidName } from './normalise.ts'
import { originOf } from './sourceUrl.ts'

/** Words at the end of a product's name that say what kind of thing it is, not which. */
const KIND =
  /-(software|project|server|library|libraries|package|program|application|framework|engine|daemon|core|cli|utility|utilities|suite|portable|tool|toolkit|package-manager|runtime|database|browser|open-source|open-source-edition|community|community-edition|server-edition|ce|oss|for-linux|media-player|git-server|source-code)$/

/**
 * The names a record may mean with what it writes for a product, normalised, the plainest first: `pgAdmin 4` also
 * means `pgadmin`, `Apache Xerces C++` (of Apache) `xerces-c++`, `G Structured File Library (libgsf)` `libgsf`,
 * `vim/vim` and `https://github.com/vim/vim` both `vim`. Parts that make it another product stay: `Vault Enterprise`,
 * `grpc-node`, `Jenkins Git Plugin`.
 */
export const productForms = (product: string, vendor: string | undefined): readonly string[] =>
  formsOf(`${product}\0${vendor ?? ''}`)

const formsOf = memo((key) => {
  const end = key.lastIndexOf('\0')
  return derive(key.slice(0, end), key.slice(end + 1) || undefined)
})

function derive(product: string, vendor: string | undefined): string[] {
  const forms = new Set<string>()
  const makers = vendor === undefined ? [] : vendorForms(vendor)
  for (const text of spellings(product)) {
    const name = saidName(text)
    if (name !== undefined) addForms(forms, name, makers)
  }
  return [...forms]
}

/** A repository's URL is its name; trade marks fall away; a name in parentheses is a second name. */
function spellings(product: string): string[] {
  if (/^https?:\/\//.test(product)) return [originOf(product).name ?? product.replace(/^.*\/(?=.)/, '')]
  const plain = product.replace(/^\s*[\w-]+\s*\((?:R|TM|C)\)\s+/i, '').replace(/\((?:R|TM|C)\)|[®™©]/gi, '')
  const parts = /^(?<outer>[^()]{2,}?)\s*\((?<inner>[^()]{2,40})\)\s*$/.exec(plain)?.groups
  return parts === undefined ? [plain] : [parts.outer!, parts.inner!, plain]
}

function addForms(forms: Set<string>, name: string, makers: readonly string[]): void {
  const open = [name]
  for (let form = open.pop(); form !== undefined; form = open.pop()) {
    if (form === '' || forms.has(form) || forms.size >= 12) continue
    forms.add(form)
    const path = form.replace(/\/v\d+$/, '').replace(/\/+$/, '')
    if (path.includes('/')) open.push(path.slice(path.lastIndexOf('/') + 1))
    if (path !== form) open.push(path)
    for (const shorter of [
      form.replace(/^(the|gnu)-(?=[a-z])/, ''),
      form.replace(/^(python|perl|ruby|lua)-(?=[a-z])/, ''),
      form.replace(KIND, ''),
      form.replace(/(?<=[a-z+])-v?\d+(-\d+)*(-x)?$/, ''),
      form.replace(/\+\+$/, ''),
      form.replace(/^ruby-on-(?=rails$)/, ''),
      // The file of a Perl module: `CPAN.pm`.
      form.replace(/-pm$/, ''),
      withoutMaker(form, makers),
    ]) {
      if (shorter !== form && shorter.length > 1 && !isAnother(form, shorter)) open.push(shorter)
    }
  }
}

/** `puppet-server` and `stripe-cli` are programs of their own, and no `puppet` or `stripe`. */
function isAnother(form: string, shorter: string): boolean {
  const program = knownProgram(form)
  return program !== undefined && !program.products.includes(shorter)
}

/** `apache-tomcat` of the Apache Software Foundation is `tomcat`. */
function withoutMaker(form: string, makers: readonly string[]): string {
  const maker = makers.find((each) => each.length > 2 && form.startsWith(`${each}-`))
  return maker === undefined ? form : form.slice(maker.length + 1)
}
