// client: requests of a file, one after the other, with node's coap; an answer a line on stdout.
//
//   node client.js PORT REQUESTS.json
//
// REQUESTS: [{path, payload (base64), format, confirmable, block}]; `format` is a Content-Format number or null,
// `block` the size exponent of Block1 (4: 256 bytes) or null. Answers: {code, type, text}; code is "" when none came.
'use strict'

const coap = require('coap')
const fs = require('fs')

const ANSWER_MS = 20000

function numberBytes (number) {
  return number < 256 ? Buffer.of(number) : Buffer.of(number >> 8, number & 0xff)
}

function ask (port, wanted) {
  return new Promise((resolve) => {
    const request = coap.request({
      host: '127.0.0.1', port, method: 'POST', pathname: wanted.path, confirmable: wanted.confirmable
    })
    const none = setTimeout(() => resolve({ code: '', type: '', text: '' }), ANSWER_MS)
    const done = (answer) => { clearTimeout(none); resolve(answer) }
    if (wanted.format !== null) request.setOption('Content-Format', numberBytes(wanted.format))
    if (wanted.block !== null) request.setOption('Block1', Buffer.of(wanted.block))
    request.on('response', (response) => done({
      code: response.code, type: response._packet.ack ? 'ACK' : response._packet.confirmable ? 'CON' : 'NON', text: response.payload.toString()
    }))
    request.on('error', (error) => done({ code: '', type: '', text: error.message }))
    request.end(Buffer.from(wanted.payload, 'base64'))
  })
}

async function main () {
  const port = Number(process.argv[2])
  for (const wanted of JSON.parse(fs.readFileSync(process.argv[3]))) {
    console.log(JSON.stringify(await ask(port, wanted)))
  }
  process.exit(0)
}

main()
