// Small things that all checks share: they run one after the other, and each says how it went as a line of JSON.
'use strict';

const assert = require('node:assert/strict');

const checks = [];

/** Add a check. */
const check = (name, run) => checks.push({ name, run });

/** Run all checks; print `{name, error}` for each. */
async function run() {
  for (const { name, run: attempt } of checks) {
    let error = '';
    try {
      await attempt();
    } catch (caught) {
      error = String((caught && caught.stack) || caught);
    }
    console.log(JSON.stringify({ name, error }));
  }
}

const refOf = entity => `${entity.kind}:${entity.metadata.namespace || 'default'}/${entity.metadata.name}`.toLowerCase();
const refsOf = entities => entities.map(refOf);
const sorted = list => [...list].sort();

/** The same entities, in any order. */
function same(found, wanted, message) {
  assert.deepEqual(sorted(refsOf(found)), sorted(refsOf(wanted)), message);
}

/** All values of an async generator of lists. */
async function all(generator) {
  const found = [];
  for await (const page of generator) found.push(...page);
  return found;
}

/** What a rejected promise was rejected with. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was refused');
}

/** A client that notes which of its methods were called. */
function noting(client, called) {
  return new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...words) => {
        called.add(name);
        return value.apply(target, words);
      };
    },
  });
}

module.exports = { all, assert, check, failure, noting, refOf, refsOf, run, same, sorted };
