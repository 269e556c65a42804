// other_client: what client.js does, with node-coap-client, a stack of its own beside node's coap.
//
//   node other_client.js PORT REQUESTS.json
//
// REQUESTS: [{path, payload (base64), format, confirmable, observe}]; with `observe` the path is observed until its
// first answer and once more. Answers: {code, text}; code is "" when none came.
'use strict'

const { CoapClient } = require('node-coap-client')
const { ContentFormats } = require('node-coap-client/build/ContentFormats')
const fs = require('fs')

const ANSWER_MS = 20000

function say (response) {
  console.log(JSON.stringify({ code: response.code.toString(), text: String(response.payload ?? '') }))
}

function within (promise) {
  let none
  const late = new Promise((resolve, reject) => { none = setTimeout(() => reject(new Error('no answer')), ANSWER_MS) })
  return Promise.race([promise, late]).finally(() => clearTimeout(none))
}

function observe (url) {
  return within(new Promise((resolve, reject) => {
    let heard = 0
    CoapClient.observe(url, 'get', (response) => {
      say(response)
      if (++heard === 2) resolve()
    }).catch(reject)
  }))
}

async function main () {
  const origin = `coap://127.0.0.1:${process.argv[2]}/`
  for (const wanted of JSON.parse(fs.readFileSync(process.argv[3]))) {
    if (wanted.observe) {
      await observe(origin + wanted.path)
      continue
    }
    // The library says of each payload that it is JSON and has no option for another format.
    ContentFormats.application_json = wanted.format
    say(await within(CoapClient.request(origin + wanted.path, 'post', Buffer.from(wanted.payload, 'base64'),
      { confirmable: wanted.confirmable, keepAlive: true })))
  }
  process.exit(0)
}

main().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
