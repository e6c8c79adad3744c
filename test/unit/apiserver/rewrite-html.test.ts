import { buffer } from 'node:stream/consumers'
import { gunzipSync, gzipSync } from 'node:zlib'
import { htmlRewriter, rewriteHtml } from '../../../src/apiserver/connect/rewrite-html.ts'

const options = { prefix: '/api/v1/namespaces/n/pods/p/proxy', backendHost: '10.42.0.2:80' }
const P = options.prefix

describe('rewriteHtml()', () => {
  const rows: [string, string, string][] = [
    ['an absolute path gets the prefix', '<a href="/x">t</a>', `<a href="${P}/x">t</a>`],
    ['a relative path stays', '<a href="x/y">t</a>', '<a href="x/y">t</a>'],
    ['another host stays', '<a href="https://example.com/x">t</a>', '<a href="https://example.com/x">t</a>'],
    ['the backend by its own name gets the prefix', '<img src="http://10.42.0.2:80/i.png">', `<img src="${P}/i.png">`],
    ['what has the prefix already stays', `<a href="${P}/x">`, `<a href="${P}/x">`],
    ['an address in another attribute stays', '<a title="/x" href=/y>', `<a title="/x" href=${P}/y>`],
    ['single quotes and capitals', "<SCRIPT async SRC='/s.js'></SCRIPT>", `<SCRIPT async SRC='${P}/s.js'></SCRIPT>`],
    ['text that looks like an address stays', '<p>/x href="/y"</p>', '<p>/x href="/y"</p>'],
    [
      'an element that is named as something else is in JavaScript stays',
      '<constructor href="/x">',
      '<constructor href="/x">',
    ],
    ['a fragment stays', '<a href="#top">', '<a href="#top">'],
  ]
  test.each(rows)('%s', (_, html, want) => expect(rewriteHtml(html, options)).toBe(want))
})

describe('htmlRewriter()', () => {
  async function through(encoding: string, chunks: Buffer[]): Promise<Buffer> {
    const rewriter = htmlRewriter(options, encoding)
    if (!rewriter) throw new Error('no rewriter')
    for (const chunk of chunks) rewriter.input.write(chunk)
    rewriter.input.end()
    return buffer(rewriter.output)
  }
  test('a tag that comes in two pieces is rewritten as one, other bytes pass as they are', async () => {
    const out = await through('', [Buffer.from('é<a hr'), Buffer.from('ef="/x">ü'), Buffer.from('<unfinished')])
    expect(out.toString()).toBe(`é<a href="${P}/x">ü<unfinished`)
  })
  test('gzip is taken off and put on again', async () => {
    expect(gunzipSync(await through('gzip', [gzipSync('<a href="/x">')])).toString()).toBe(`<a href="${P}/x">`)
  })
  test('an encoding that is not known is left alone', () => expect(htmlRewriter(options, 'br')).toBeUndefined())
})
